//go:build !linux

package supervisor

// Threads that end with a process are Linux's.
func spawnerThread() {}
