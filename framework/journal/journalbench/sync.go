package journalbench

import "os"

// Sync makes what was written to a file durable, as cheaply as the machine can:
// fdatasync where there is one.
func Sync(f *os.File) error { return fdatasync(f) }
