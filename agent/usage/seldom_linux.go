package usage

import "time"

// lookAgain is after how long disks and screens are looked for anew: to list folders
// wakes the machine more than to read a file does.
const lookAgain = 5 * time.Minute

// seldom returns what look found last, if that is not long ago.
func seldom[T any](now func() time.Time, look func() T) func() T {
	var found T
	var at time.Time
	return func() T {
		if t := now(); at.IsZero() || t.Sub(at) >= lookAgain {
			found, at = look(), t
		}
		return found
	}
}
