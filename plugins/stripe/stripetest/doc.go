// Package stripetest is a local Stripe for tests and demonstrations: an HTTP server between stripe-go and a real
// stripe-mock process.
//
// stripe-mock checks the shape of each request (path, bearer key, unknown and missing parameters, types) against
// Stripe's own OpenAPI description, and what it refuses is refused with its answer. It remembers nothing, so this package keeps
// what stripe-mock does not: PaymentIntents, charges and refunds with their states and amounts, cards that decline,
// idempotency keys, a search index that lags, holds that lapse, a log of requests and a ledger of the movements that
// really happened. Faults can be set that lose, delay, repeat or falsify answers.
//
// It is not Stripe: it knows cards only, no disputes, fees, webhooks, Connect or Terminal. A parameter or an endpoint
// it gives no meaning to is refused with 501 instead of being ignored, so that no test passes by accident.
// State lives in memory; only the ledger file outlives the process.
//
// Tests of plugins/stripe call [Run]; `aisle run` starts cmd/stripetest as a peer process. Behaviour follows
// docs.stripe.com (API v1: place-a-hold, idempotent_requests, error-low-level, search, testing).
package stripetest
