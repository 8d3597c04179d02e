// Package metrics shows a running store to Prometheus.
//
// [Metrics] reads one [control.State] a scrape and turns it into metrics; it
// keeps nothing of its own but the latency of the journal, which cannot be read
// afterwards. It has its own registry: nothing is global, so two stores in one
// process show two sets.
//
// Names follow Prometheus' conventions (base units, _total for counters), which
// a test checks with promlint; tools/README.md has
// the table of all, which a test checks too. Counters begin at the start of the host.
//
// Package framework/store makes it and gives it to package httpapi.
package metrics
