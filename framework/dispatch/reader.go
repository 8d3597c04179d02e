package dispatch

import (
	"context"
	"unicode"
	"unicode/utf8"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/credential"
)

// ofReader is what an ask wants of a reader.
func (d *Dispatcher) ofReader(a event.Ask) (func(context.Context, *event.Answer) error, error) {
	r, _, err := d.opt.Devices.Reader(a.Device)
	if err != nil {
		return nil, notOpen(err)
	}
	return func(ctx context.Context, _ *event.Answer) error {
		if a.Operation == event.OpForget {
			return r.Forget(ctx, a.Token)
		}
		return r.Enrol(ctx, credential.Enrolment{Name: a.Key, Expires: *a.Expires})
	}, nil
}

// shown is what a reader shall show.
type shown struct {
	reader string
	reply  credential.Reply
}

// Tell hears of a fact that is durable and has the reader that it concerns show
// it. It never blocks, and nothing waits for what becomes of it: it is no ask, has
// no place in the journal, and is not shown again after a restart, when whoever
// stood there has gone. Of several answers for one reader the newest is shown.
func (d *Dispatcher) Tell(f event.Fact) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.replyOf(f)
	if !ok || d.over {
		return
	}
	if _, waits := d.replies[s.reader]; !waits && len(d.replies) >= maxReplies {
		return
	}
	d.replies[s.reader] = s.reply
	select {
	case d.toShow <- struct{}{}:
	default:
	}
}

// maxReplies bounds the readers that have something to show at a time.
const maxReplies = 1024

// replyOf is what a fact has its reader show. A visit's reader is the one that it
// was opened at; the gate opens for an admission of it.
func (d *Dispatcher) replyOf(f event.Fact) (s shown, ok bool) {
	switch f := f.(type) {
	case event.SessionOpened:
		d.readers[f.Session] = f.Reader
	case event.SessionEnded:
		delete(d.readers, f.Session)
	case event.AdmissionGiven:
		reader := d.readers[f.Session]
		return shown{reader, credential.Reply{Verdict: credential.VerdictGranted, Text: "Come in."}}, reader != ""
	case event.EntryRefused:
		return shown{f.Reader, credential.Reply{Verdict: credential.VerdictDenied, Text: line(f.Message)}}, f.Reader != ""
	case event.EnrolmentStarted:
		return shown{f.Reader, credential.Reply{Verdict: credential.VerdictPrompt, Text: "Please show your palm."}}, true
	case event.InstrumentPaired:
		return shown{f.Reader, credential.Reply{Verdict: credential.VerdictGranted, Text: "You are enrolled."}}, true
	case event.EnrolmentEnded:
		return shown{f.Reader, credential.Reply{Verdict: credential.VerdictDenied, Text: endWords(f.Code)}}, f.Code != event.EnrolOther // that has its refusal
	default: // no reader's business
	}
	return s, false
}

func endWords(c event.EnrolmentEnd) string {
	if c == event.EnrolKnown {
		return "You are enrolled already."
	}
	return "Nobody was enrolled."
}

// line is a text as a contract takes it: one line, of so many bytes.
func line(s string) string {
	for len(s) > credential.MaxShown {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return ""
		}
	}
	return s
}

// showAll has readers show what they were told until ctx ends: one at a time each,
// and none holds up another.
func (d *Dispatcher) showAll(ctx context.Context) {
	busy := map[string]bool{}
	done := make(chan string)
	for {
		for reader, reply := range d.takeReplies(busy) {
			busy[reader] = true
			go func() {
				d.show(ctx, reader, reply)
				done <- reader
			}()
		}
		select {
		case <-d.toShow:
		case reader := <-done:
			delete(busy, reader)
		case <-ctx.Done():
			for range busy {
				<-done
			}
			return
		}
	}
}

// takeReplies takes what waits for readers that show nothing now.
func (d *Dispatcher) takeReplies(busy map[string]bool) map[string]credential.Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]credential.Reply{}
	for reader, reply := range d.replies {
		if !busy[reader] {
			out[reader] = reply
			delete(d.replies, reader)
		}
	}
	return out
}

// show has one reader show an answer. That it can't is no trouble of whoever
// stands there: the gate has opened, or has not.
func (d *Dispatcher) show(ctx context.Context, reader string, reply credential.Reply) {
	r, shows, err := d.opt.Devices.Reader(reader)
	if err != nil || !shows {
		return
	}
	within, cancel := context.WithTimeout(ctx, d.opt.patient(ReaderWithin))
	defer cancel()
	if err := guarded(func() error { return r.Show(within, reply) }); err != nil && ctx.Err() == nil {
		d.opt.Log.Warn("a reader did not show its answer", "device", reader, "verdict", reply.Verdict, "err", err)
	}
}
