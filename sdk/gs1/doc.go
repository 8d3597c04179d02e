// Package gs1 holds the identifiers of goods and places that GS1 defines: GTIN, GLN, EPC with SGTIN-96, SGTIN-198, SSCC-96 and GRAI-96, and the Digital Link.
//
// Sources: GS1 General Specifications (section 7.9 for check digits, 5.2.2.4 for zero suppression in UPC-E),
// EPC Tag Data Standard 2.1 (section 14), GS1 Digital Link Standard: URI Syntax 1.4.
// What is not here: other EPC schemes, which are named in the error, application identifiers in bar codes, and any registry look-up.
//
// Drivers that read tags or codes call it, and so do the store file and the core. It promises that a value it parsed is well formed:
// check digits hold, and a GTIN has one spelling, so that == means the same product.
package gs1
