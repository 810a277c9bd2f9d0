// Package telemetry sends windows on to InfluxDB, from the durable outbox that
// the ledger fills in the same transaction as the windows themselves.
//
// Delivery is at least once: an entry leaves the outbox only after InfluxDB has
// accepted its points. It is idempotent: InfluxDB knows a point by its
// measurement, tags and timestamp, so the same window sent again overwrites
// itself. (A device that changes its site or its population in between makes a
// new series: that window then stands in both.)
//
// The points are those of package points, with the tags device, organisation, site,
// category and population, and a timestamp in whole seconds. Boundaries overlap (the
// package is inside the platform, the platform behind the wall): ecoparc_energy is
// summed within one boundary, never across them. Beside them there is
//
//	ecoparc_feeder   no tags
//	                 refused_windows
//
// # When InfluxDB says no
//
// Away, overloaded or misconfigured (no answer, 401, 404, 429, 5xx, a redirect,
// a page that is not InfluxDB's): everything stays in the outbox, and Flush
// waits longer each time, up to ten minutes or as long as Retry-After asks.
//
// A refusal of the data itself (400, 422) would otherwise block all that comes
// after. The batch is halved until the refused window is alone. Then a point
// that is known to be good is written, ecoparc_feeder: if InfluxDB takes it, the
// window is at fault, and it is logged, counted and left to the ledger; if not,
// the bucket is at fault, and everything stays in the outbox. InfluxDB refuses
// in this way a window that is older than the bucket's retention, or whose field
// exists with another type.
//
// Only the client's blocking writes are used: its non-blocking ones keep what
// they retry in memory, and drop it when that is full.
//
// # InfluxDB 1.8
//
// 1.8 takes the same writes: the bucket is DATABASE or DATABASE/RETENTION_POLICY,
// the token USER:PASSWORD or empty, the organisation empty. Its in-memory index
// holds at most 100,000 values of a tag (max-values-per-tag): a larger fleet
// sets index-version = "tsi1" in influxdb.conf.
package telemetry
