package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/store"
	"github.com/openaisle/aisle/sdk/camera/cameratest"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential/credentialtest"
	"github.com/openaisle/aisle/sdk/gate/gatetest"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/payment/paymenttest"
	"github.com/openaisle/aisle/sdk/rfid/rfidtest"
	"github.com/openaisle/aisle/sdk/shelf/shelftest"
)

// hurry is how much faster than real time the suites' worlds run, so that a
// plate comes to rest in 40 ms.
const hurry = 20

// patience bounds a wait for what must happen. It is no measure.
const patience = 20 * time.Second

// bench is a world without shoppers whose things a suite moves by hand, and the
// plugin's binary. Each case has a fresh world at the same address.
type bench struct {
	t      *testing.T
	binary string
	socket string
	world  *store.Store
	data   string
}

func newBench(t *testing.T) *bench {
	dir, err := os.MkdirTemp("", "world")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &bench{t: t, socket: filepath.Join(dir, "s")}
	if b.binary, err = pluginBinary(); err != nil {
		t.Fatal(err)
	}
	return b
}

// subject is one device of the world, opened by the plugin's binary.
func (b *bench) subject(driver, address string) classtest.Subject {
	return classtest.Subject{
		Driver: driver, Address: address, Config: fmt.Sprintf(`{"world":"unix:%s"}`, b.socket),
		Start: func(t testing.TB) *host.Plugin {
			b.start(t)
			return classtest.Binary(t, b.binary)
		},
	}
}

func (b *bench) start(t testing.TB) {
	if b.world != nil {
		return // a case that starts the plugin again finds the same world
	}
	b.data = t.TempDir()
	s, err := store.Open(store.Options{
		Scene: corner, Data: b.data, Seed: 1, Basket: 8, Arrivals: time.Second, Noise: "none", Start: time.Now(),
		Speed: hurry, Free: true, Linger: time.Minute, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("unix", b.socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, lis) }()
	b.world = s
	t.Cleanup(func() {
		cancel()
		b.world = nil
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.Close()
	})
}

// knobs are what a suite may do to the world's processor.
type knobs struct{ b *bench }

func (k knobs) do(t testing.TB, deed func(*processor.Processor)) {
	t.Helper()
	if err := k.b.world.Do(t.Context(), func(_ *sim.World, p *processor.Processor) { deed(p) }); err != nil {
		t.Fatal(err)
	}
}

func (k knobs) Next(t testing.TB, o payment.Operation, f paymenttest.Fault) bool {
	op := o.String()
	if o == payment.OperationUnknown {
		op = processor.Lookup
	}
	fault, ok := map[paymenttest.Fault]processor.Fault{
		paymenttest.LostAnswer: processor.LostAnswer, paymenttest.LostRequest: processor.LostRequest,
		paymenttest.ServerError: processor.Failed, paymenttest.ServerErrorAfter: processor.FailedAfter,
		paymenttest.RateLimited: processor.Busy, paymenttest.Altered: processor.Altered,
		paymenttest.OtherCurrency: processor.OtherCurrency, paymenttest.FraudDown: processor.FraudDown,
	}[f]
	k.do(t, func(p *processor.Processor) { p.Meet(op, fault) })
	return ok
}

func (k knobs) Happen(t testing.TB, e paymenttest.Event, reference string) (ok bool) {
	event := map[paymenttest.Event]processor.Event{
		paymenttest.HoldLapses: processor.HoldLapses, paymenttest.CaptureFails: processor.CaptureFails,
		paymenttest.RefundFails: processor.RefundFails, paymenttest.ChargedBack: processor.ChargedBack,
		paymenttest.AdjustmentsDeclined: processor.AdjustmentsDeclined, paymenttest.SaidTwice: processor.SaidTwice,
	}[e]
	k.do(t, func(p *processor.Processor) { ok = p.Happen(event, reference) })
	return ok
}

func (k knobs) Pass(t testing.TB, d time.Duration) bool {
	k.do(t, func(p *processor.Processor) { p.Pass(d) })
	return true
}

// happened counts a key's lines in the ledger.
func (b *bench) happened(t testing.TB, key string) int {
	ledger, err := os.ReadFile(filepath.Join(b.data, store.LedgerFile))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(ledger), `"key":"`+key+`"`)
}

func TestProcessorConforms(t *testing.T) {
	b := newBench(t)
	paymenttest.Run(t, paymenttest.Harness{
		Subject: b.subject("processor", "payment.cards"), Token: "tok-1", Declined: "badge-staff-001",
		Hold: money.New(5000, "EUR"), Currencies: []money.Currency{"JPY", "KWD"},
		Faults: knobs{b}, Happened: b.happened,
		Tokens: map[paymenttest.Trait]string{
			paymenttest.TraitUnknown: "card-unknown", paymenttest.TraitExpired: "card-expired", paymenttest.TraitFraud: "card-fraud",
			paymenttest.TraitLowRisk: "tok-1", paymenttest.TraitElevatedRisk: "card-elevated", paymenttest.TraitCredit: "card-credit",
			paymenttest.TraitDebit: "card-debit", paymenttest.TraitPrepaid: "card-prepaid", paymenttest.TraitGift: "card-gift",
			paymenttest.TraitEBT: "card-ebt",
		},
	})
}

// do moves the world by hand.
func (b *bench) do(t testing.TB, deed func(*sim.World)) {
	t.Helper()
	if err := b.world.Do(t.Context(), func(w *sim.World, _ *processor.Processor) { deed(w) }); err != nil {
		t.Fatal(err)
	}
}

// leave takes something away and waits until the world knows that all that was
// reported of it is with the host. What is not confirmed when the suite opens
// the device again, comes again: rightly, but the suite could not tell it from
// a level that still names what has left.
func (b *bench) leave(t testing.TB, deed func(*sim.World)) {
	t.Helper()
	b.do(t, deed)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.world.Quiet(ctx); err != nil {
		t.Fatalf("what was reported is not confirmed: %v", err)
	}
}

func TestGateConforms(t *testing.T) {
	b := newBench(t)
	gatetest.Run(t, gatetest.Harness{
		Subject: b.subject("gate", "gate.north"), Counts: true,
		Pass: func(t testing.TB, d observe.Direction) (through bool) {
			b.do(t, func(w *sim.World) { through = w.Walk("gate.north", d) })
			return through
		},
	})
}

func TestReaderConforms(t *testing.T) {
	b := newBench(t)
	credentialtest.Run(t, credentialtest.Harness{
		Subject: b.subject("reader", "credential_reader.card_south"), Method: observe.MethodCard, AsksBodies: true,
		Present: func(t testing.TB, n, bodies int) {
			b.do(t, func(w *sim.World) {
				w.Present("credential_reader.card_south", fmt.Sprintf("tok-%d", n), observe.MethodCard, bodies)
			})
		},
	})
}

func TestLaneConforms(t *testing.T) {
	b := newBench(t)
	const lane = "rfid_reader.north_lane"
	rfidtest.Run(t, rfidtest.Harness{
		Subject: b.subject("lane", lane),
		Enter:   func(t testing.TB, epc string) { b.do(t, func(w *sim.World) { w.Show(lane, epc) }) },
		Leave:   func(t testing.TB, epc string) { b.leave(t, func(w *sim.World) { w.Hide(lane, epc) }) },
		Through: func(t testing.TB, epc string, d observe.Direction) {
			b.do(t, func(w *sim.World) { w.Carry(lane, epc, d) })
		},
	})
}

func TestShelfConforms(t *testing.T) {
	b := newBench(t)
	const address = "weight_shelf.cooler_top"
	shelftest.Run(t, shelftest.Harness{
		Subject: b.subject("shelf", address), Bays: 4, Item: 345 * measure.Gram,
		Put: func(t testing.TB, bay int, change measure.Mass) {
			b.do(t, func(w *sim.World) { w.Load(address, bay, change) })
		},
	})
}

func TestCameraConforms(t *testing.T) {
	b := newBench(t)
	cameratest.Run(t, cameratest.Harness{
		Subject: b.subject("camera", "camera.ceiling"), Zones: [2]string{"zone.drinks", "zone.snacks"},
		Place: "weight_shelf.cooler_top.bay[1]", Item: "09521234000112",
		Enter: func(t testing.TB, zone string) (id int) {
			b.do(t, func(w *sim.World) { id = w.Appear(zone) })
			return id
		},
		Move:  func(t testing.TB, id int, zone string) { b.do(t, func(w *sim.World) { w.Move(id, zone) }) },
		Leave: func(t testing.TB, id int) { b.leave(t, func(w *sim.World) { w.Vanish(id) }) },
		Reach: func(t testing.TB, id int, place string, a observe.Action, item gs1.GTIN) {
			b.do(t, func(w *sim.World) { w.Reach(id, place, a, item) })
		},
	})
}
