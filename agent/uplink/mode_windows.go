package uplink

import "io/fs"

// readableByOthers cannot be told from a mode on Windows; the folder's access
// list protects the file there.
func readableByOthers(fs.FileInfo) bool { return false }
