package view

import "github.com/openaisle/aisle/framework/event"

// foldAsk keeps the asks that have no answer, so that the answer can be put
// into words.
func (m *Model) foldAsk(f event.Fact) {
	switch f := f.(type) {
	case event.Asked:
		m.asks[f.Ask.ID] = f.Ask
	case event.Answered:
		delete(m.asks, f.Answer.ID)
	default: // facts of the other parts
	}
}

// describeAnswer tells of a deed that was not done. What was done has a fact of
// its own, and so has a refused charge or hold: see describePayment.
func (m *Model) describeAnswer(a event.Answer) (Line, bool) {
	ask, known := m.asks[a.ID]
	if !known || a.Outcome == event.OutcomeDone {
		return Line{}, false
	}
	money := ask.Operation == event.OpAuthorize || ask.Operation == event.OpCapture || ask.Operation == event.OpIncrease
	if a.Outcome == event.OutcomeRefused && money || ask.Operation == event.OpForget || ask.Operation == event.OpEnrol {
		return Line{}, false
	}
	deed, tone := deedWords(ask.Operation), ToneBad
	text := ask.Device + " could not " + deed
	switch a.Outcome {
	case event.OutcomeRefused:
		text = ask.Device + " refused to " + deed
	case event.OutcomeUnknown:
		text, tone = ask.Device+" has not said whether it could "+deed, ToneDoubt
	case event.OutcomeDone, event.OutcomeUnavailable:
	}
	if a.Message != "" {
		text += ": " + a.Message
	}
	return m.about(ask.Session, tone, text), true
}

func deedWords(o event.Operation) string {
	switch o {
	case event.OpAdmit:
		return "let anybody in"
	case event.OpAuthorize:
		return "hold money"
	case event.OpCapture:
		return "charge"
	case event.OpVoid:
		return "release the hold"
	case event.OpRefund:
		return "refund"
	case event.OpLookup:
		return "look the payment up"
	case event.OpIncrease:
		return "raise the hold"
	case event.OpEnrol:
		return "learn somebody"
	case event.OpForget:
		return "forget somebody"
	}
	return string(o)
}
