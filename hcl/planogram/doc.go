// Package planogram says before a store opens what its shelves will confuse:
// products on one bay or on neighbouring bays whose masses a scale can't tell
// apart, with how often a unit would be taken for another and where to move it,
// and facings of which nothing can ever be charged for sure.
//
// It reads a resolved store and nothing else. What can't be read at all, such as
// a damaged GTIN, a facing on a bay that isn't there, or a product without price,
// tax or mass, is a problem of the store file and told by package storefile.
//
// The tools call it. It promises that the same store gives the same report; its
// rates are expectations of a model that the README of hcl holds against real
// weighings, and nothing is charged by them.
package planogram
