package trace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// The limits of exporting.
const (
	maxQueue   = 4096             // spans that wait; more are dropped
	maxBatch   = 512              // spans in one request
	sendEvery  = 2 * time.Second  // at the latest
	sendWithin = 10 * time.Second // one request, with its retries
	lastWithin = 2 * time.Second  // what is left when the host stops
	tellEvery  = 5 * time.Minute  // between complaints of a collector
	maxWords   = 512              // bytes of each
)

// configured reports whether the environment names a collector (OpenTelemetry
// specification, "OpenTelemetry Protocol Exporter").
func configured() bool {
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// exporter sends visits to a collector.
type exporter struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
	log      *slog.Logger
	giveUp   context.CancelFunc // ends what is being sent, and drops the rest
}

func newExporter(ctx context.Context, log *slog.Logger) (*exporter, error) {
	to, err := otlptracehttp.New(ctx, otlptracehttp.WithTimeout(sendWithin), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: time.Second, MaxInterval: sendWithin / 2, MaxElapsedTime: sendWithin,
	}))
	if err != nil {
		return nil, fmt.Errorf("export traces: %w", err)
	}
	life, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	q := &quiet{SpanExporter: to, log: log, life: life}
	// What a collector says of spans that it took only partly goes to the one
	// handler of the process, which writes to stderr if nobody sets it.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(q.tell))
	p := sdk.NewTracerProvider(
		sdk.WithBatcher(q, sdk.WithMaxQueueSize(maxQueue), sdk.WithMaxExportBatchSize(maxBatch),
			sdk.WithBatchTimeout(sendEvery), sdk.WithExportTimeout(sendWithin)),
		sdk.WithIDGenerator(ids{}), sdk.WithSampler(sdk.AlwaysSample()),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "aisle"))),
	)
	return &exporter{provider: p, tracer: p.Tracer("github.com/openaisle/aisle/framework/trace"), log: log, giveUp: giveUp}, nil
}

// close sends what is left, as far as the collector takes it in a moment, and
// waits until nothing of it runs.
func (e *exporter) close() {
	defer e.giveUp()
	late := time.AfterFunc(lastWithin, e.giveUp)
	defer late.Stop()
	if err := e.provider.Shutdown(context.Background()); err != nil {
		e.log.Debug("the last visits are not traced", "err", err)
	}
}

// visit queues the spans of a visit. It never blocks.
func (e *exporter) visit(ctx context.Context, v *visit) {
	ctx = context.WithoutCancel(ctx)
	root, top := e.begin(ctx, v, &v.root, 0)
	for i, s := range v.children {
		_, child := e.begin(root, v, s, i+1)
		finish(child, s)
	}
	finish(top, &v.root)
}

// begin begins a span under a name of its own: that of the visit and its place
// in it.
func (e *exporter) begin(ctx context.Context, v *visit, s *span, place int) (context.Context, api.Span) {
	ctx = context.WithValue(ctx, named{}, name{visit: v.id, place: place})
	return e.tracer.Start(ctx, s.name, api.WithTimestamp(s.start), api.WithAttributes(attributes(s.attributes)...))
}

func finish(to api.Span, s *span) {
	if s.wrong != "" {
		to.SetStatus(codes.Error, s.wrong)
	}
	end := s.end
	if end.Before(s.start) {
		end = s.start
	}
	to.End(api.WithTimestamp(end))
}

func attributes(list []attr) []attribute.KeyValue {
	out := make([]attribute.KeyValue, 0, len(list))
	for _, a := range list {
		switch v := a.value.(type) {
		case string:
			out = append(out, attribute.String(a.name, v))
		case int64:
			out = append(out, attribute.Int64(a.name, v))
		case bool:
			out = append(out, attribute.Bool(a.name, v))
		case []string:
			out = append(out, attribute.StringSlice(a.name, v))
		}
	}
	return out
}

// named is the key of a span's name in a context.
type named struct{}

type name struct {
	visit string
	place int
}

// ids derives the ids of spans from the visit: the same visit gives the same
// trace, whoever exports it.
type ids struct{}

// NewIDs gives the ids of a root (sdk.IDGenerator).
func (i ids) NewIDs(ctx context.Context) (api.TraceID, api.SpanID) {
	n, _ := ctx.Value(named{}).(name)
	t := traceID(n.visit)
	return t, i.NewSpanID(ctx, t)
}

// NewSpanID gives the id of a span (sdk.IDGenerator).
func (ids) NewSpanID(ctx context.Context, t api.TraceID) (id api.SpanID) {
	n, _ := ctx.Value(named{}).(name)
	sum := sha256.Sum256([]byte(t.String() + "/" + strconv.Itoa(n.place)))
	copy(id[:], sum[:])
	return id
}

// traceID is the id of a session's trace: the session's own, where it has the
// form of one.
func traceID(session string) (id api.TraceID) {
	if b, err := hex.DecodeString(session); err == nil && len(b) == len(id) {
		copy(id[:], b)
		return id
	}
	sum := sha256.Sum256([]byte(session))
	copy(id[:], sum[:])
	return id
}

// quiet keeps the errors of a collector from everybody but the log, which hears
// of them now and then.
type quiet struct {
	sdk.SpanExporter
	log  *slog.Logger
	life context.Context // until it is given up
	told atomic.Int64
}

// ExportSpans sends spans, or drops them (sdk.SpanExporter).
func (q *quiet) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.life, cancel)()
	if err := q.SpanExporter.ExportSpans(ctx, spans); err != nil {
		q.tell(err)
	}
	return nil
}

func (q *quiet) tell(err error) {
	now, last := time.Now().UnixNano(), q.told.Load()
	if last != 0 && time.Duration(now-last) < tellEvery || !q.told.CompareAndSwap(last, now) {
		return
	}
	text := err.Error()
	if len(text) > maxWords {
		text = text[:maxWords] + "..."
	}
	q.log.Warn("the collector takes no traces: they are dropped", "err", text)
}
