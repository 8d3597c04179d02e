// Package hostbench measures what the plugin host promises: `aisle bench host`.
//
// Each row is a figure, the limit it must keep and whether it did. The plugins
// are those of package zoo, in processes and sandboxes as in a store; the host
// is the real one, in this process or, where it is to be killed or stopped, in
// a child of its own (see Child). Long loops can be done in parts: what a part
// measured is added to a file, and the row is judged by all of it.
//
// It judges time on whatever machine it runs on. Tests assert what is no timing;
// they are package zoo's.
package hostbench
