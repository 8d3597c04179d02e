// Package crash cuts the power of a store at every operation of its journal on the disk, and looks what is left.
//
// A file system of its own (FUSE, [Mount]) keeps for every file what is durable and what was written and not yet
// synced. Journeys of money are written through the real framework/journal on it, by another process. Of the
// operations that the file system saw, [Run] makes the image that a power cut at each of them could leave: with all
// unsynced data, with none, with the last write torn, with any of them in any order, with a flipped bit; opens each with
// the real journal and engine; and looks that what was acknowledged is there, unchanged and in order, that nothing
// stands in it that was never written, that the state is the one that was, and that nothing was asked for of which the
// journal knows nothing. It cuts the power again while they recover. And it has the disk return errors in place of
// carrying operations out.
//
// It does not simulate money, time or devices: framework/simulate does. It needs /dev/fuse and the right to mount:
// [Usable] says why not where it can't. "aisle sim crash" calls it.
package crash
