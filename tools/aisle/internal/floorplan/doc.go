// Package floorplan draws a store: as a graph in DOT, and as a plan of its zones
// and devices in SVG that a browser shows.
//
// A store's files say in which zone a device is and not where in it, so the plan
// is of what belongs together and not to scale: the street below, the zones with
// gates beside it, the others behind. The same store gives the same bytes. The
// aisle command calls it; it writes to nothing but the writer it is given.
package floorplan
