// Package httpapi is the store's HTTP interface on the machine that runs it:
// JSON over what package view knows, a stream of changes, and the orders that
// staff may give.
//
// It decides nothing and knows neither engine nor devices: orders leave through
// [Staff]. It has no accounts, so it serves the loopback interface only, refuses
// host names that are not loopback's (a page that rebinds its name to 127.0.0.1
// gets nothing) and orders that come from another site's page. Everything has a
// limit. Receipts are found by their unguessable id and are never listed; the
// payment token is never shown.
//
// Only framework/store calls it:
//
//	GET  /api/v1/summary                     totals and the definition's name
//	GET  /api/v1/sessions                    open sessions with their carts
//	GET  /api/v1/devices                     devices with their health and newest readings
//	GET  /api/v1/receipts/{id}               a receipt with all its versions, its state and what each version changed
//	GET  /api/v1/receipts/{id}/why           what each line rests on: evidence, runner-up, confidence
//	POST /api/v1/receipts/{id}/disputes      {"id","lines","reason"}: whoever holds the receipt's address disputes lines
//	GET  /api/v1/events                      changes, as server-sent events
//	POST /api/v1/sessions/{id}/end           {"actor","reason"}: the shopper is known to have left
//	POST /api/v1/sessions/{id}/release       {"actor","reason"}: the buyer's age was seen; what asks for one may be sold
//	POST /api/v1/sessions/{id}/drop-pending  {"actor","reason"}: decide what is pending for the shopper
//	GET  /api/v1/reviews                     lines that wait for staff, by visit
//	GET  /api/v1/disputes                    disputes, open and decided
//	GET  /api/v1/debts                       what visits owe
//	GET  /api/v1/refunds                     what goes back, or went
//	GET  /api/v1/refusals                    who was not let in at which reader, with the words for its screen, newest first
//	GET  /api/v1/alarms                      what a person must look at, newest first
//	GET  /api/v1/enrolments                  whom devices recognise and on whose consent, newest first; never the account
//	POST /api/v1/orders                      an [view.Order] about money or enrolment; the same id again is the same order
//	GET  /healthz                            200 while the store runs
//	GET  /metrics                            what Prometheus scrapes (package metrics)
//
// An answer that is no success is {"error":{"code","message","field"}}: field
// names what of the body is not as it must be, where it is that.
//
// Everything else is given to the pages of package web.
package httpapi
