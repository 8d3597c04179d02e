// Package trace exports visits as OpenTelemetry traces: one trace a visit, from
// the credential that opened it to the receipt.
//
// A [Follower] reads the journal like every other reader, at its own pace, and
// puts a visit together when it is closed:
//
//	visit                      from the credential's onset to the last record
//	├─ admission               from being given to the first body, or its end
//	├─ taken, returned, ...    from the onset at the device to the record
//	├─ ask admit, capture ...  from the ask to its answer
//	└─ receipt                 from the closed cart to each version
//
// The trace's id is the session's, so whoever has one finds the other. Nothing
// of a shopper is in it: no credential, no card, no amount.
//
// It exports over OTLP/HTTP where OTEL_EXPORTER_OTLP_ENDPOINT (or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) is set, with all other settings of the
// OpenTelemetry specification for exporters in the environment. It promises
// that a collector that is down, slow or hostile costs the store nothing but a
// bounded queue: what does not fit is dropped. A visit that was closed while no
// host ran is not exported.
//
// Package framework/store runs it.
package trace
