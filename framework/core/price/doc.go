// Package price says what a basket costs: prices, promotions, deposits and
// taxes of the definition in force.
//
// It decides nothing about goods or money: whoever asks says what was carried
// out and at which prices it was picked. Settlement and receipt call it, and
// views that show what a cart would cost. It promises that the same basket costs
// the same on every machine and in any order of its lines, that arithmetic is
// exact or an error, and that
//
//	total = lines - discounts + deposits + taxes that are added
//	      = what was paid for each line and each deposit, added up
//
// The price of a unit is the one at which it was picked or, where that is lower,
// the one at exit; of the label and the system the lower. So is the rate of its
// tax. A promotion counts for a unit that was picked while it held, or that left
// while it did.
//
// # Which promotion
//
// A unit has one promotion of those for products, and the basket one of those
// for baskets besides. Of all ways to give units their promotions the one with
// the least sum of prices is taken, before deposits and before taxes that are
// added. It is found exactly: the units that a promotion takes together are told
// apart by their prices alone, so that the dearest may be seen first, and all
// that matters of those seen is how many of a group that is not full each
// promotion has. There are as many such states as the product of the groups'
// sizes, for promotions that share products; storedef.LimitTogether bounds it and
// a store file beyond it is refused. Where two ways cost the same it is the same
// one on every machine. More than maxUnits units that share promotions are seen
// to in parts of that many, the dearest first.
//
// A group's discount is parted among its units by their prices, so that what is
// given back for a line is what was paid for it: no unit of it was free. A
// percentage is rounded on each unit. Deposits are never discounted. What a
// basket must come to is reckoned before any discount, so that no promotion can
// make another one fail.
//
// # Taxes
//
// A tax is worked out on what is left of a line after its discounts: of a class
// and rate together, or line by line, as the store says. What was worked out of
// a class is parted among its lines so that the parts add up.
//
// This is a pure room.
package price
