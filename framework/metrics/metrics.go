package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/openaisle/aisle/framework/control"
)

// appendBuckets are the upper bounds of the journal's latency in seconds: a
// sync of a good disk takes a fraction of a millisecond, of a bad one dozens.
var appendBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}

// maxScrapes is how many may read at a time.
const maxScrapes = 4

// Metrics are the metrics of one store.
type Metrics struct {
	registry *prometheus.Registry
	append   prometheus.Histogram
}

// New returns the metrics of a store whose state is read at every scrape. It
// starts nothing.
func New(state func() control.State) *Metrics {
	m := &Metrics{
		registry: prometheus.NewPedanticRegistry(),
		append: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: journalAppend.name, Help: journalAppend.help, Buckets: appendBuckets,
		}),
	}
	m.registry.MustRegister(
		&collector{state: state}, m.append,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Appended takes note of one durable group of the journal.
func (m *Metrics) Appended(took time.Duration) { m.append.Observe(took.Seconds()) }

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, ErrorHandling: promhttp.HTTPErrorOnError})
}
