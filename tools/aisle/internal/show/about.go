// Package show says what is in a journal: whom a fact is about, and each record
// in a line for people.
//
// It reads values and writes text; it opens nothing. The commands journal show
// and replay call it.
package show

import "github.com/openaisle/aisle/framework/event"

// About returns the sessions that a fact is about, none where it is about no
// visit. The facts are a closed set: a new one must say it here.
func About(f event.Fact) []string { //nolint:funlen // a line and its answer for each of a closed set
	switch f := f.(type) {
	case event.Asked:
		return some(f.Ask.Session)
	case event.SessionOpened:
		return some(f.Session)
	case event.EntryRefused:
		return some(f.Session)
	case event.AdmissionGiven:
		return some(f.Session)
	case event.AdmissionClosed:
		return some(f.Session)
	case event.BodyEntered:
		return some(f.Session)
	case event.BodyLeft:
		return some(f.Session)
	case event.TrackBound:
		return some(f.Session)
	case event.TrackUnbound:
		return some(f.Session)
	case event.SessionEnded:
		return some(f.Session)
	case event.Taken:
		return some(f.Session)
	case event.Returned:
		return some(f.Session)
	case event.Restocked:
		return some(f.Session)
	case event.Doubted:
		return f.Sessions
	case event.TagLeft:
		return f.Sessions
	case event.Late:
		return some(f.Session)
	case event.CartFrozen:
		return some(f.Session)
	case event.PaymentMoved:
		return some(f.Session)
	case event.Posted:
		return some(f.Session)
	case event.HousePosted:
		return some(f.Session)
	case event.DebtNoted:
		return some(f.Session)
	case event.ReceiptIssued:
		return some(f.Receipt.Session)
	case event.SessionClosed:
		return some(f.Session)
	case event.PartyAsked:
		return some(f.Session)
	case event.RefundMoved:
		return some(f.Session)
	case event.DebtCleared:
		return some(f.Session)
	case event.LineDecided:
		return some(f.Session)
	case event.DisputeOpened:
		return some(f.Session)
	case event.DisputeDecided:
		return some(f.Session)
	case event.ChargebackNoted:
		return some(f.Session)
	case event.Alarmed:
		return some(f.Session)
	case event.Noticed:
		return some(f.Session)
	case event.AlarmAcknowledged:
		return some(f.Session)
	case event.MovementResolved:
		return some(f.Session)
	case event.SaleRecalled:
		return some(f.Sale.Session)
	case event.Noted, event.Ignored, event.Quarantined, event.Adopted, event.DeviceChanged, event.Lost, event.HostAway, event.Outage,
		event.EntryChanged, event.EnrolmentStarted, event.EnrolmentEnded,
		event.InstrumentPaired, event.InstrumentForgotten, event.ErasureMoved, event.Answered, event.DayClosed, event.ExitSeen, event.BodyUnknown, event.TrackSeen, event.LevelSet,
		event.ChangeSeen, event.HandSeen, event.HandSpent, event.ChangeExplained, event.Unattributed, event.StrayChanged, event.TagSeen:
	}
	return nil
}

func some(session string) []string {
	if session == "" {
		return nil
	}
	return []string{session}
}
