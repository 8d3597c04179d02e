// Package web is what people see in a browser: the store as it is now, for its
// staff, and the page of one receipt, for its shopper.
//
// It reads package view and writes HTML; it takes no orders and keeps nothing.
// Pages are whole without script; on the live page a script of ours asks for
// the same page again when the store changes and puts in what differs, so there
// is one renderer. No page holds inline script or style, and the policy sent
// with each forbids them: whatever a product is called, it stays a name.
//
// Receipts are found by their unguessable id and linked from the live page
// only, which is served on loopback. framework/store gives the handler to
// package httpapi, which stands before it.
package web
