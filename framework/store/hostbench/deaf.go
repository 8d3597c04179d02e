package hostbench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/store/internal/quantile"
	"github.com/openaisle/aisle/framework/view"
)

// The limits of the figures: how often the usual p99, and growth in MiB.
const (
	deafDelay = 2.0
	deafMost  = 8.0
)

// The deaf: streams of the API that are never read, as many more every ten
// seconds (the host hangs up on those that take nothing for as long), readers of
// the journal in this process and by a handle of their own that stop in the
// middle, and subscriptions to the view that nobody looks at.
const (
	deafStreams = 8
	deafAgain   = 10 * time.Second
	deafReaders = 8
	deafPlugins = 2
	deafBuffer  = 4 << 10
)

// deafTold is what a host with deaf subscribers tells.
type deafTold struct {
	// Before and During are the p99 of events into the journal, in ms; News
	// those of the time between two messages of a stream that is read.
	Before, During, NewsBefore, NewsDuring float64
	// Memory is how much it grew from when the first had been deaf for a while,
	// and All from before there was any, in MiB.
	Memory, All float64
	// Wrong are errors and gaps of devices.
	Wrong  int
	Events int
	// Held is how many streams there were.
	Held int
}

// subscriber measures what those who subscribe and don't read cost.
func (b *bench) subscriber(ctx context.Context) error {
	var told deafTold
	if err := b.tells(ctx, order{Does: "deaf", Seconds: b.Seconds, Deaf: b.Deaf}, &told); err != nil {
		return err
	}
	name := fmt.Sprintf("subscribers deaf %v: ", b.Deaf)
	note := fmt.Sprintf("%d streams, %d readers, %d events; %.1f MiB with what they are", told.Held, 2*deafReaders, told.Events, told.All)
	b.emit(Row{Key: "subscriber", Name: name + "memory grown", Value: told.Memory, Unit: "MiB", Limit: deafMost, Of: told.Held, Note: note})
	b.emit(Row{Key: "subscriber", Name: name + "event p99 over normal", Value: told.During / told.Before, Unit: "times", Limit: deafDelay, Of: told.Events,
		Note: fmt.Sprintf("%.1f ms, normally %.1f", told.During, told.Before)})
	b.emit(Row{Key: "subscriber", Name: name + "others' news, p99", Value: told.NewsDuring / told.NewsBefore, Unit: "times", Limit: deafDelay, Of: 1,
		Note: fmt.Sprintf("%.0f ms apart, normally %.0f", told.NewsDuring, told.NewsBefore)})
	b.emit(Row{Key: "subscriber", Name: name + "errors and gaps", Value: float64(told.Wrong), Unit: "errors", Of: told.Events})
	return nil
}

// deafChild is a store's host without a shop: journal, engine, view, API.
func deafChild(ctx context.Context, o order, w io.Writer) (err error) {
	var members []member
	for n := range deafPlugins {
		members = append(members, member{name: string(rune('a' + n)), animal: "good", args: []string{"1ms"}, devices: 1})
	}
	// Whoever taps a card is news.
	members = append(members, member{name: "taps", animal: "good", args: []string{"20ms"}, readers: 1})
	d, err := openDurable(ctx, o.programs(), o.Dir, members)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	v := view.New(d.journal)
	lis, err := narrow(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &heard{}
	failed := make(chan error, 3)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() { failed <- v.Run(ctx) })
	work.Go(func() { failed <- httpapi.Serve(ctx, lis, httpapi.New(httpapi.Options{View: v})) })
	work.Go(func() { failed <- h.listen(ctx, lis.Addr().String()) })

	var told deafTold
	// What is made once is made before it is measured.
	pause(ctx, time.Second)
	d.way.forget()
	h.forget()
	pause(ctx, time.Duration(o.Seconds)*time.Second)
	told.Before, told.NewsBefore = quantile.Of(d.way.forget(), 0.99), quantile.Of(h.forget(), 0.99)
	memory := []float64{settled()}

	deaf := &deaf{address: lis.Addr().String(), view: v}
	err = deaf.begin(ctx, d.journal, d.path)
	for left := o.Deaf; err == nil && left > 0; left -= deafAgain {
		err = deaf.more(ctx)
		pause(ctx, min(left, deafAgain))
		memory = append(memory, settled())
	}
	delays, news := d.way.forget(), h.forget()
	told.During, told.NewsDuring, told.Events, told.Held = quantile.Of(delays, 0.99), quantile.Of(news, 0.99), len(delays), len(deaf.streams)
	// What grows without bound has grown in both of the last.
	last := min(memory[len(memory)-1], memory[max(len(memory)-2, 1)])
	told.All, told.Memory = last-memory[0], last-memory[1]
	troubles, gaps := d.rig.others("")
	told.Wrong = troubles + int(gaps) //nolint:gosec // few
	err = errors.Join(err, deaf.end())
	select {
	case e := <-failed:
		err = errors.Join(err, fmt.Errorf("before its time: %w", e))
	default:
	}
	if err == nil {
		err = json.NewEncoder(w).Encode(told)
	}
	return err
}

// settled is the memory that this process has, in MiB.
func settled() float64 {
	debug.FreeOSMemory()
	return float64(statusKiB("VmRSS")) / 1024
}

// narrow listens so that a stream that is not read is full at once: the kernel
// would hold megabytes of it.
func narrow(ctx context.Context) (net.Listener, error) {
	c := net.ListenConfig{Control: func(_, _ string, s syscall.RawConn) error {
		var set error
		err := s.Control(func(fd uintptr) {
			set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, deafBuffer)
		})
		return errors.Join(err, set)
	}}
	return c.Listen(ctx, "tcp", "127.0.0.1:0")
}

// deaf are those who subscribe and don't read.
type deaf struct {
	address string
	view    *view.View
	streams []net.Conn
	readers []journal.Reader
	subs    []*view.Subscription
}

// begin begins to read the journal, and stops in the middle.
func (d *deaf) begin(ctx context.Context, j journal.Reader, path string) error {
	for range deafReaders {
		own, err := journal.OpenReadOnly(path)
		if err != nil {
			return err
		}
		d.readers = append(d.readers, own)
		d.subs = append(d.subs, d.view.Subscribe())
		for _, r := range []journal.Reader{own, j} {
			if err := r.Wait(ctx, 0); err != nil {
				return err
			}
			if _, err := r.Read(1, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// more asks for streams.
func (d *deaf) more(ctx context.Context) error {
	for range deafStreams {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", d.address)
		if err != nil {
			return err
		}
		d.streams = append(d.streams, c)
		if err := c.(*net.TCPConn).SetReadBuffer(deafBuffer); err != nil { //nolint:forcetypeassert // by the network's name
			return err
		}
		if _, err := fmt.Fprintf(c, "GET /api/v1/events HTTP/1.1\r\nHost: %s\r\n\r\n", d.address); err != nil {
			return err
		}
	}
	return nil
}

func (d *deaf) end() (err error) {
	for _, c := range d.streams {
		err = errors.Join(err, c.Close())
	}
	for _, r := range d.readers {
		err = errors.Join(err, r.Close())
	}
	for _, s := range d.subs {
		s.Close()
	}
	return err
}

// heard is a subscriber that reads, and how long it waited for news, in ms.
type heard struct {
	mu    sync.Mutex
	waits []float64
}

func (h *heard) forget() []float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.waits
	h.waits = nil
	return was
}

// listen reads the events of the API until ctx ends.
func (h *heard) listen(ctx context.Context, address string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/events", nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	last := time.Now()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "id: ") {
			continue
		}
		h.mu.Lock()
		h.waits = append(h.waits, float64(time.Since(last))/1e6)
		h.mu.Unlock()
		last = time.Now()
	}
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(errors.New("the stream ended"), lines.Err())
}
