// Package spool keeps windows on the disk until the collector has acknowledged
// them. It survives a power cut at any byte.
//
// A spool is a folder of segments, 00000001.seg and so on, to which records are
// only ever appended:
//
//	record  = length (4 bytes, big endian) | CRC-32C of the payload (4 bytes) | payload
//	payload = a report.Window as JSON
//
// and a small file, state, that says up to where records are acknowledged and how
// many had to be dropped (a note of package durable).
//
// These always hold:
//
//   - Append returns after the record is on the disk (fdatasync).
//   - What follows the last sound record of a segment was never confirmed by Append: it is
//     cut off when the spool is opened.
//   - What is not sound before that was damaged by the disk: it is cut out then, and counted
//     as a dropped window, however many it was.
//   - When the spool is full, the oldest windows that cannot have been sent yet are
//     merged to hours, then to days: seconds, energy and counts stay. A merged segment
//     replaces the old one as a whole.
//   - A segment is deleted only when all its records are acknowledged or, when the
//     spool is full of days, as the oldest one; then its records are counted as dropped.
//   - A segment that the disk has lost is put aside when the spool is opened (.unreadable):
//     the others go on.
//   - One process writes (spool.lock); any may read.
package spool
