package storetest

import (
	"cmp"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

const (
	// gateTakes is how long a gate takes to open, processorTakes how long a
	// processor to answer, and deadline after how long nobody waits any more.
	gateTakes      = 200 * time.Millisecond
	processorTakes = 400 * time.Millisecond
	deadline       = 10 * time.Second
)

// asked is something that the store wanted done, and what became of it.
type asked struct {
	ask     event.Ask
	outcome event.Outcome
}

// movement is one that the processor made.
type movement struct {
	reference string
	amount    *money.Amount
}

// processor is a made-up one that does what the run says.
type processor struct {
	step     storefile.ProcessorStep
	answers  map[string]string // by operation
	declines map[string]bool   // by token
	made     map[string]movement
	refused  map[string]bool
	count    int
}

func newProcessor() *processor {
	return &processor{answers: map[string]string{}, declines: map[string]bool{}, made: map[string]movement{}, refused: map[string]bool{}}
}

// says takes in a processor block.
func (p *processor) says(s storefile.ProcessorStep) {
	for op, answer := range s.Answers {
		p.answers[op] = answer
	}
	s.Funding, s.Risk, s.Brand, s.Last4 = cmp.Or(s.Funding, p.step.Funding), cmp.Or(s.Risk, p.step.Risk), cmp.Or(s.Brand, p.step.Brand), cmp.Or(s.Last4, p.step.Last4)
	s.Message = cmp.Or(s.Message, p.step.Message)
	p.step = s
}

// dispatch does what the store wants done, as gate or processor.
func (w *world) dispatch(a event.Ask) {
	d := w.devices[a.Device]
	record := &asked{ask: a}
	w.asks = append(w.asks, record)
	answer := func(after time.Duration, ans event.Answer, deed func()) {
		ans.ID = a.ID
		w.later(after, func() {
			record.outcome = ans.Outcome
			w.step(ans)
			if deed != nil {
				deed()
			}
		})
	}
	switch {
	case d == nil || d.down:
		answer(gateTakes, event.Answer{Outcome: event.OutcomeUnavailable, Code: fault.Unavailable, Message: a.Device + " is down"}, nil)
	case a.Operation == event.OpAdmit:
		answer(gateTakes, event.Answer{Outcome: event.OutcomeDone}, func() { w.admit(a) })
	default:
		after, ans := w.processor.do(a)
		answer(after, ans, nil)
	}
}

// do answers one ask.
func (p *processor) do(a event.Ask) (time.Duration, event.Answer) {
	if a.Operation == event.OpLookup {
		return processorTakes, p.lookup(a)
	}
	if m, again := p.made[a.Key]; again { // the same key is the same movement
		return processorTakes, p.done(a, m)
	}
	answer := cmp.Or(p.answers[string(a.Operation)], storefile.AnswerDone)
	if a.Operation == event.OpAuthorize && p.declines[a.Token] {
		answer = storefile.AnswerRefused
	}
	switch answer {
	case storefile.AnswerRefused:
		p.refused[a.Key] = true
		return processorTakes, event.Answer{Outcome: event.OutcomeRefused, Code: fault.Refused, Message: cmp.Or(p.step.Message, "declined")}
	case storefile.AnswerUnavailable:
		return processorTakes, event.Answer{Outcome: event.OutcomeUnavailable, Code: fault.Unavailable, Message: cmp.Or(p.step.Message, "the processor can't be reached")}
	case storefile.AnswerSilent:
		return deadline, event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: "no answer"}
	}
	p.count++
	m := movement{reference: string(a.Operation) + "-" + strconv.Itoa(p.count), amount: a.Amount}
	p.made[a.Key] = m
	if answer == storefile.AnswerLost {
		return deadline, event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: "no answer"}
	}
	return processorTakes, p.done(a, m)
}

func (p *processor) done(a event.Ask, m movement) event.Answer {
	ans := event.Answer{Outcome: event.OutcomeDone, Reference: m.reference, Amount: m.amount}
	if op := cmp.Or(a.Of, a.Operation); op == event.OpAuthorize {
		ans.Funding, ans.Risk, ans.Brand, ans.Last4 = p.step.Funding, p.step.Risk, p.step.Brand, p.step.Last4
	}
	return ans
}

// lookup says what became of a movement.
func (p *processor) lookup(a event.Ask) event.Answer {
	if m, ok := p.made[a.Key]; ok {
		ans := p.done(a, m)
		ans.Found = event.FoundDone
		return ans
	}
	found := event.FoundNothing
	if p.refused[a.Key] {
		found = event.FoundDeclined
	}
	return event.Answer{Outcome: event.OutcomeDone, Found: found}
}
