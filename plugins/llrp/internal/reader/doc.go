// Package reader is an LLRP reader as a device of class rfid: what it can do is asked first, what the store's file wants is made of that, and its
// reads become evidence.
//
// Package session speaks with it, sdk/signal tells which way tags go. Main's driver opens it. It promises that outside a lane each read
// is summed in one piece of evidence; that reads which a reader repeats after a restart are not told twice; and that what is wrong with the
// reader, its antennas or its clock is the device's condition, in a sentence.
package reader
