//go:build linux

package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/camera"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/rfid"
	"github.com/openaisle/aisle/sdk/shelf"
)

// tame are those that do what they should.
var tame = map[string]func(){
	// The neighbour of every other animal. A third argument says how often its
	// devices report.
	"good": func() { serve(habits{every: argument()}) },
	// A well-behaved device in a process that prints as fast as it can, for
	// ever.
	"pours": func() {
		serve(habits{every: argument(), run: func(ctx context.Context, d device) error {
			go func() {
				for {
					pour(os.Stderr, strings.Repeat("flood ", 1000)+"\n")
				}
			}()
			d.run = nil
			return d.live(ctx, d.emit)
		}})
	},
	// An idle device, which costs what a device costs.
	"idle": func() { serve(habits{every: time.Hour}) },
}

// habits are where a plugin made with the SDK may misbehave. One that is nil is
// as it should be.
type habits struct {
	open      func(context.Context, sdk.Env) error
	run       func(context.Context, device) error
	call      func(context.Context, device) error
	condition func() sdk.Condition
	close     func() error
	// every is how often evidence is reported.
	every time.Duration
}

// reportEvery is how often a well-behaved device reports.
const reportEvery = 10 * time.Millisecond

func serve(h habits) { sdk.Serve(plugin(h)) }

func plugin(h habits) sdk.Plugin {
	return sdk.Plugin{Name: "zoo/" + name, Version: "1.0.0", Drivers: []sdk.Driver{
		gate.Driver("gate", func(ctx context.Context, e sdk.Env, _ struct{}) (gate.Gate, error) {
			d, err := h.device(ctx, e)
			return lane{d}, err
		}),
		shelf.Driver("shelf", func(ctx context.Context, e sdk.Env, _ struct{}) (shelf.Shelf, error) {
			d, err := h.device(ctx, e)
			return cells{d}, err
		}),
		credential.Driver("credential", func(ctx context.Context, e sdk.Env, _ struct{}) (credential.Reader, error) {
			d, err := h.device(ctx, e)
			return reader{d}, err
		}),
		rfid.Driver("rfid", func(ctx context.Context, e sdk.Env, _ struct{}) (rfid.Reader, error) {
			d, err := h.device(ctx, e)
			return antennas{d}, err
		}),
		camera.Driver("camera", func(ctx context.Context, e sdk.Env, _ struct{}) (camera.Camera, error) {
			d, err := h.device(ctx, e)
			return eye{d}, err
		}),
		payment.Driver("payment", payment.Capabilities{KeyWindow: time.Hour, LookupByKey: true, HoldLifetime: time.Hour}, func(ctx context.Context, e sdk.Env, _ struct{}) (payment.Processor, error) {
			d, err := h.device(ctx, e)
			return till{d}, err
		}),
	}}
}

// device is what the devices of all classes have in common.
type device struct {
	habits
	env sdk.Env
	// emit reports one piece of sound evidence.
	emit func()
}

func (h habits) device(ctx context.Context, e sdk.Env) (device, error) {
	if h.every == 0 {
		h.every = reportEvery
	}
	if h.open != nil {
		if err := h.open(ctx, e); err != nil {
			return device{}, err
		}
	}
	return device{habits: h, env: e}, nil
}

// Run misbehaves, or reports until ctx ends.
func (d device) live(ctx context.Context, emit func()) error {
	d.emit = emit
	emit()
	if d.run != nil {
		return d.run(ctx, d)
	}
	tick := time.NewTicker(max(d.every, time.Millisecond))
	defer tick.Stop()
	start, done := time.Now(), time.Duration(1)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			// What is due, however late the tick is.
			for ; time.Since(start) >= done*d.every; done++ {
				emit()
			}
		}
	}
}

// argument is the third one as a duration; 0 where there is none.
func argument() time.Duration {
	if len(os.Args) < 4 {
		return 0
	}
	d, err := time.ParseDuration(os.Args[3])
	if err != nil {
		return 0
	}
	return d
}

// do carries out a command.
func (d device) do(ctx context.Context) error {
	if d.call != nil {
		return d.call(ctx, d)
	}
	return nil
}

// Condition is the device's own view of itself.
func (d device) Condition() sdk.Condition {
	if d.condition != nil {
		return d.condition()
	}
	return sdk.Condition{State: sdk.StateReady}
}

// Close lets go of the device.
func (d device) Close() error {
	if d.close != nil {
		return d.close()
	}
	return nil
}

func now() observe.Interval { return observe.At(time.Now()) }

type lane struct{ device }

func (l lane) Run(ctx context.Context, report func(observe.Passage)) error {
	return l.live(ctx, func() { report(observe.Passage{Interval: now(), Direction: observe.DirectionOut}) })
}

func (l lane) Admit(ctx context.Context, _ gate.Admission) error { return l.do(ctx) }

type cells struct{ device }

func (c cells) Run(ctx context.Context, report func(observe.Weight)) error {
	return c.live(ctx, func() {
		report(observe.Weight{Interval: now(), Bay: 1, Mass: measure.Kilogram, Deviation: measure.Gram})
	})
}

func (c cells) Tare(ctx context.Context, _ int) error { return c.do(ctx) }

type reader struct{ device }

func (r reader) Run(ctx context.Context, report func(observe.Credential)) error {
	return r.live(ctx, func() {
		report(observe.Credential{Interval: now(), Token: "tok_zoo", Method: observe.MethodCard, Quality: 990_000, Bodies: 1})
	})
}

type antennas struct{ device }

func (a antennas) Run(ctx context.Context, report func(observe.Tag)) error {
	return a.live(ctx, func() {
		report(observe.Tag{Interval: now(), EPC: "3034257BF7194E4000001A85", Antenna: 1, Power: -6000, Reads: 3})
	})
}

type eye struct{ device }

func (e eye) Run(ctx context.Context, report camera.Report) error {
	return e.live(ctx, func() {
		report.Presence(observe.Presence{Interval: now(), Track: "t1", Zone: "zone.drinks", Phase: observe.PhasePresent})
		report.Interaction(observe.Interaction{Interval: now(), Track: "t1", At: "weight_shelf.top", Action: observe.ActionTouch,
			Confidence: 900_000, Candidates: []observe.Candidate{{GTIN: gs1.GTIN("05449000000996"), Probability: 900_000}}})
	})
}

type till struct{ device }

func (t till) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	return payment.Authorization{Reference: "a-" + r.Key, Amount: r.Amount, Brand: "visa", Last4: "4242"}, t.do(ctx)
}

func (t till) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	return payment.Capture{Reference: "c-" + r.Key, Amount: r.Amount}, t.do(ctx)
}

func (t till) Void(ctx context.Context, _ payment.VoidRequest) error { return t.do(ctx) }

func (t till) Refund(context.Context, payment.RefundRequest) (payment.Refund, error) {
	return payment.Refund{}, fault.New(fault.Refused, "the zoo gives nothing back")
}

func (t till) Lookup(context.Context, payment.LookupRequest) (payment.Outcome, error) {
	return payment.Outcome{}, fault.New(fault.Unknown, "the zoo keeps no books")
}
