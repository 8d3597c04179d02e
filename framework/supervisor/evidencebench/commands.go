package evidencebench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/gate"
)

// How much one round measures of commands.
const (
	wireCalls   = 3_000
	wireCallers = 64
	wireMany    = 100_000 // calls of all callers
)

// commandFigures are the rows of commands.
type commandFigures struct {
	call, freeCall, calls, freeCalls, bare figure
	one, many                              costFigures
}

// costFigures are the rows of what commands cost, which depends less than their
// time on what else the machine does.
type costFigures struct{ host, peer, waits figure }

func (f *costFigures) add(command, raw spent, n int) {
	f.host.add(micros(command.host.cpu)/float64(n), micros(raw.host.cpu)/float64(n))
	f.peer.add(micros(command.peer.cpu)/float64(n), micros(raw.peer.cpu)/float64(n))
	f.waits.add(float64(command.host.waits+command.peer.waits)/float64(n), float64(raw.host.waits+raw.peer.waits)/float64(n))
}

func (f *costFigures) emit(what string, emit func(Row)) {
	f.host.Name, f.host.Unit = what+": host's processor time", "us"
	f.peer.Name, f.peer.Unit = what+": plugin's processor time", "us"
	f.waits.Name, f.waits.Unit = what+": threads put to sleep", "times"
	for _, f := range []*figure{&f.host, &f.peer, &f.waits} {
		f.Of = "a raw call"
		emit(f.row())
	}
}

// Commands is the commands' half of Wire, with one row more: beside a stream of
// nothing but gRPC that echoes, with the same settings and TLS. It has no goal.
func Commands(ctx context.Context, sup *supervisor.Supervisor, rounds int, emit func(Row)) (err error) {
	b, err := startWire(ctx, sup)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.end()) }()
	for range rounds {
		if err := b.commands(); err != nil {
			return err
		}
		if err := b.echoes(); err != nil {
			return err
		}
	}
	b.emitCommands(emit)
	b.bare.Name, b.bare.Unit, b.bare.Of = "echo p50 of a bare gRPC stream", "us", "a raw ping-pong"
	emit(b.bare.row())
	return nil
}

// Crowd is the figure of 64 callers alone, in rounds of half a second.
func Crowd(ctx context.Context, sup *supervisor.Supervisor, rounds int, emit func(Row)) (err error) {
	b, err := startWire(ctx, sup)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.end()) }()
	admits, end, err := b.admits()
	defer end()
	if err != nil {
		return err
	}
	pings, end, err := b.raw.pingers()
	defer end()
	if err != nil {
		return err
	}
	for range rounds {
		var raw, commands measured
		if err := raw.crowd(b.raw.cmd.Process.Pid, pings); err != nil {
			return fmt.Errorf("raw calls: %w", err)
		}
		if err := commands.crowd(b.instance.PID(), admits); err != nil {
			return fmt.Errorf("commands: %w", err)
		}
		b.addCrowd(commands, raw)
		emit(Row{Name: "a round", Value: commands.perSecond, Unit: "calls/s", Limit: raw.perSecond, Of: "raw", Ratio: commands.perSecond / raw.perSecond})
	}
	b.calls.Row = callsRow
	emit(b.calls.row())
	b.many.emit("a command of 64 callers", emit)
	return nil
}

// callsRow is the figure of 64 callers.
var callsRow = Row{Name: "commands, 64 callers", Unit: "calls/s", Of: "raw, a connection a caller", Goal: 2, AtLeast: true}

func (b *wireBench) addCrowd(commands, raw measured) {
	b.calls.add(commands.perSecond, raw.perSecond)
	b.many.add(commands.many, raw.many, wireMany)
}

func (b *wireBench) emitCommands(emit func(Row)) {
	b.call.Name, b.call.Unit, b.call.Of, b.call.Goal = "command p50", "us", "a raw ping-pong", 3.5
	b.calls.Row = callsRow
	b.freeCall.Name, b.freeCall.Unit, b.freeCall.Of = "command p50", "us", "a raw ping-pong without bounds"
	b.freeCalls.Name, b.freeCalls.Unit, b.freeCalls.Of, b.freeCalls.AtLeast = "commands, 64 callers", "calls/s", "raw, a connection a caller, without bounds", true
	for _, f := range []*figure{&b.call, &b.freeCall, &b.calls, &b.freeCalls} {
		emit(f.row())
	}
	b.one.emit("a command of one caller", emit)
	b.many.emit("a command of 64 callers", emit)
}

// commands measures calls of one caller and of many, each beside the raw socket:
// a connection a caller, and a gate a caller.
func (b *wireBench) commands() (err error) {
	admits, end, err := b.admits()
	defer end()
	if err != nil {
		return err
	}
	pings, end, err := b.raw.pingers()
	defer end()
	if err != nil {
		return err
	}
	frees, end, err := b.free.pingers()
	defer end()
	if err != nil {
		return err
	}
	raw, err := b.both(b.raw.cmd.Process.Pid, pings)
	if err != nil {
		return fmt.Errorf("raw calls: %w", err)
	}
	commands, err := b.both(b.instance.PID(), admits)
	if err != nil {
		return fmt.Errorf("commands: %w", err)
	}
	free, err := b.both(b.free.cmd.Process.Pid, frees)
	if err != nil {
		return fmt.Errorf("raw calls without bounds: %w", err)
	}
	b.call.add(micros(commands.call), micros(raw.call))
	b.addCrowd(commands, raw)
	b.freeCall.add(micros(commands.call), micros(free.call))
	b.freeCalls.add(commands.perSecond, free.perSecond)
	b.one.add(commands.one, raw.one, wireCalls)
	return nil
}

// admits opens a gate a caller, and gives their calls and what ends them.
func (b *wireBench) admits() (calls []func() error, end func(), err error) {
	party := gate.Admission{Session: "018f2b3c4d5e6f708192a3b4c5d6e7f8", Bodies: 1, Expires: time.Now().Add(time.Hour)}
	var opened []func()
	end = func() {
		for _, f := range opened {
			f()
		}
	}
	for i := range uint32(wireCallers) {
		handle := 2 + i
		if err := b.open(handle, laneDriver, "{}"); err != nil {
			return nil, end, err
		}
		epoch := b.epoch
		opened = append(opened, func() { _ = b.plugin.Close(b.ctx, handle, epoch) })
		lane := b.plugin.Gate(handle, epoch)
		calls = append(calls, func() error { return lane.Admit(b.ctx, party) })
	}
	return calls, end, nil
}

// pingers are a connection a caller.
func (p *rawPeer) pingers() (calls []func() error, end func(), err error) {
	var conns []net.Conn
	end = func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
	for range wireCallers {
		ping, conn, err := p.pinger()
		if err != nil {
			return nil, end, err
		}
		conns, calls = append(conns, conn), append(calls, ping)
	}
	return calls, end, nil
}

// spent is what both ends of some calls took.
type spent struct{ host, peer cost }

// spend runs calls to a process and gives what they cost.
func spend(pid int, run func() error) (s spent, err error) {
	host, err := costOf(os.Getpid())
	if err != nil {
		return s, err
	}
	peer, err := costOf(pid)
	if err != nil {
		return s, err
	}
	if err := run(); err != nil {
		return s, err
	}
	if s.host, err = costOf(os.Getpid()); err != nil {
		return s, err
	}
	s.peer, err = costOf(pid)
	s.host, s.peer = s.host.since(host), s.peer.since(peer)
	return s, err
}

// measured is one side's round: one caller, then many.
type measured struct {
	call      time.Duration
	perSecond float64
	one, many spent
}

func (b *wireBench) both(pid int, calls []func() error) (m measured, err error) {
	m.one, err = spend(pid, func() (err error) { m.call, err = lone(calls[0]); return err })
	if err != nil {
		return m, fmt.Errorf("one caller: %w", err)
	}
	err = m.crowd(pid, calls)
	return m, err
}

func (m *measured) crowd(pid int, calls []func() error) (err error) {
	m.many, err = spend(pid, func() (err error) { m.perSecond, err = crowd(calls); return err })
	if err != nil {
		return fmt.Errorf("many callers: %w", err)
	}
	return nil
}

// pinger is a raw connection and a call on it.
func (p *rawPeer) pinger() (func() error, net.Conn, error) {
	conn, err := p.dial(rawEcho, 0, 0)
	if err != nil {
		return nil, nil, err
	}
	var ping [rawPing]byte
	return func() error {
		if _, err := conn.Write(ping[:]); err != nil {
			return err
		}
		_, err := io.ReadFull(conn, ping[:])
		return err
	}, conn, nil
}

// lone is the median duration of calls one after another.
func lone(call func() error) (time.Duration, error) {
	took := make([]time.Duration, 0, wireCalls)
	for range wireCalls {
		start := time.Now()
		if err := call(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// crowd is the calls a second of many callers.
func crowd(calls []func() error) (perSecond float64, err error) {
	errs := make([]error, len(calls))
	var callers sync.WaitGroup
	start := time.Now()
	for i, call := range calls {
		callers.Go(func() {
			for range wireMany / len(calls) {
				if errs[i] = call(); errs[i] != nil {
					return
				}
			}
		})
	}
	callers.Wait()
	return float64(wireMany/len(calls)*len(calls)) / time.Since(start).Seconds(), errors.Join(errs...)
}
