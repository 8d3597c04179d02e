package drill

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// maxWireLine is the longest line between a plugin and the processor.
const maxWireLine = 1 << 20

// charges are the calls that move money to the store or back, or hold it.
var charges = []string{"authorize", "increase", "capture", "refund"}

// Charge is one that was asked of the processor.
type Charge struct {
	// Deed is what was asked for, such as capture, and Session whose it is.
	Deed, Session string
	call          flight
}

// flight is a call by its number on its connection.
type flight struct {
	conn *relayed
	call uint64
}

// Wire lies between the processor's plugin and the processor, and knows which
// charges were asked for and are not answered. It can hold answers back, so that
// whoever is killed meanwhile is killed with a charge in flight.
//
// It changes no line. A connection that ends on one side is ended on the other.
type Wire struct {
	lis      net.Listener
	upstream func(context.Context) (net.Conn, error)
	// Asked hears of each charge as it is asked for; one that nobody listens for
	// is passed over.
	Asked chan Charge
	end   context.CancelFunc
	all   sync.WaitGroup

	mu      sync.Mutex
	free    *sync.Cond // answers may pass
	held    bool
	flying  map[flight]string
	conns   map[*relayed]bool
	charged int // charges that were asked for
}

// relayed is a plugin's connection and its continuation to the processor.
type relayed struct{ plugin, processor net.Conn }

func (r *relayed) close() {
	_ = r.plugin.Close()
	_ = r.processor.Close()
}

// Lay listens on a socket's path for the plugin. Upstream connects to the
// processor.
func Lay(path string, upstream func(context.Context) (net.Conn, error)) (*Wire, error) {
	lis, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &Wire{lis: lis, upstream: upstream, Asked: make(chan Charge, 1), end: cancel, flying: map[flight]string{}, conns: map[*relayed]bool{}}
	w.free = sync.NewCond(&w.mu)
	w.all.Go(func() { w.accept(ctx) })
	return w, nil
}

// Close ends all connections and waits for everything that it started.
func (w *Wire) Close() error {
	w.end()
	err := w.lis.Close()
	w.Cut()
	w.Release()
	w.all.Wait()
	return err
}

func (w *Wire) accept(ctx context.Context) {
	for {
		plugin, err := w.lis.Accept()
		if err != nil {
			return
		}
		processor, err := w.upstream(ctx)
		if err != nil { // the processor is down: so is the line
			_ = plugin.Close()
			continue
		}
		r := &relayed{plugin, processor}
		w.mu.Lock()
		w.conns[r] = true
		w.mu.Unlock()
		if ctx.Err() != nil { // Close may have cut before
			r.close()
		}
		w.all.Go(func() { w.up(r) })
		w.all.Go(func() { w.down(r) })
	}
}

// said is what both sides' lines have of a call.
type said struct {
	Call   uint64 `json:"call"`
	Method string `json:"method"`
	Params struct {
		Session string `json:"session"`
	} `json:"params"`
}

// up carries what the plugin asks.
func (w *Wire) up(r *relayed) {
	defer r.close()
	lines(r.plugin, func(line []byte) error {
		var m said
		if err := json.Unmarshal(line, &m); err == nil && m.Call != 0 && slices.Contains(charges, m.Method) {
			c := Charge{m.Method, m.Params.Session, flight{r, m.Call}}
			w.mu.Lock()
			w.flying[c.call] = m.Method
			w.charged++
			w.mu.Unlock()
			select {
			case w.Asked <- c:
			default:
			}
		}
		_, err := r.processor.Write(line)
		return err
	})
}

// down carries what the processor answers, but not while answers are held.
func (w *Wire) down(r *relayed) {
	defer w.gone(r)
	lines(r.processor, func(line []byte) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		for w.held {
			w.free.Wait()
		}
		var m said
		if err := json.Unmarshal(line, &m); err == nil {
			delete(w.flying, flight{r, m.Call})
		}
		_, err := r.plugin.Write(line)
		return err
	})
}

// gone forgets a connection: its calls are not answered any more, and nobody
// waits for them.
func (w *Wire) gone(r *relayed) {
	r.close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, r)
	for f := range w.flying {
		if f.conn == r {
			delete(w.flying, f)
		}
	}
}

// lines hands on each line with its end, until the connection or the hand fails.
func lines(c net.Conn, hand func([]byte) error) {
	for r := bufio.NewReaderSize(c, maxWireLine); ; {
		line, err := r.ReadSlice('\n')
		if err != nil || hand(line) != nil {
			return
		}
	}
}

// Hold keeps answers back, and reports whether the charge is still in flight:
// then it stays so until Release.
func (w *Wire) Hold(c Charge) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flying[c.call] == "" {
		return false
	}
	w.held = true
	return true
}

// Flying counts the charges in flight, by deed.
func (w *Wire) Flying() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := map[string]int{}
	for _, deed := range w.flying {
		n[deed]++
	}
	return n
}

// Release lets answers pass again: to whoever is still there.
func (w *Wire) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = false
	w.free.Broadcast()
}

// Cut ends all connections.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.conns {
		r.close()
	}
}

// Ended waits until the connection that a charge was asked on has ended.
func (w *Wire) Ended(ctx context.Context, c Charge, within time.Duration) error {
	late := time.NewTimer(within)
	defer late.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		w.mu.Lock()
		there := w.conns[c.call.conn]
		w.mu.Unlock()
		if !there {
			return nil
		}
		select {
		case <-look.C:
		case <-late.C:
			return fmt.Errorf("what was killed still holds its line after %v", within)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), context.Cause(ctx))
		}
	}
}
