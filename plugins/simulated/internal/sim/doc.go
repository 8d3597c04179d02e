// Package sim is the simulated world itself: shoppers, staff, goods on shelves,
// and the sensors that see them more or less well.
//
// It is one thread of virtual time. It opens no file and no socket and knows
// neither prices nor settlement; the hub carries its reports to the devices and
// their commands to it. What it promises: the same scene, seed and profile give
// the same visits, as long as the host's answers come at the same virtual
// instants, and every visit ends in exactly one Visit told to the Sink, which
// says what its party carried out, whatever the sensors made of it.
//
// What shoppers do and how sensors err are drawn from separate streams, so under
// another noise profile the same shoppers come with the same intentions. What
// they find on the shelves still depends on how long each of them waited.
package sim
