// Package eco2mix fetches, where an administrator wants it, what burning fuel
// emitted for each kWh produced in mainland France: RTE's éco2mix, taux_co2, from
// ODRÉ's open data. It keeps half hours in the collector's data folder; package
// grid adjusts them to the life cycle.
//
// What is sent is a date range and nothing of any school. Data: RTE, on ODRÉ,
// Licence Ouverte 2.0.
//
// # The answer
//
//	[{"taux_co2": 32, "date_heure": "2024-10-08T18:00:00+00:00"}, ...]
//
// It is read whole before anything is kept, and refused whole when it is not of
// this shape. taux_co2 is null, or 0, where it is not known yet: such a quarter of
// an hour is left out, as no moment of the French grid burns nothing. A half hour is
// the mean of its quarters; consolidated data have one value for both. Where clocks
// go forward, an hour stands twice in the data (its values are averaged); where they
// go back, one is missing (a gap).
//
// # What is asked for
//
// Only what is missing: from the last half hour kept until now, at each run, and
// once a day the gaps before, at most as far back as configured, a month at a time.
// A month is kept in one transaction. eco2mix-national-tr has the recent months,
// eco2mix-national-cons-def the years before, and comes months late: where the one
// leaves a gap, the other is asked.
//
// After a failure nothing is asked for five minutes, then longer each time up to six
// hours, or as long as the server says.
package eco2mix
