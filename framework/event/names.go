package event

import "fmt"

// inputName is the word for v in the journal; it never changes.
func inputName(v Input) string {
	switch v.(type) {
	case Evidence:
		return "evidence"
	case Answer:
		return "answer"
	case DeviceStatus:
		return "device_status"
	case Definition:
		return "definition"
	case StaffOrder:
		return "staff_order"
	case Notice:
		return "notice"
	case Resumed:
		return "resumed"
	case Time:
		return "time"
	}
	return ""
}

func decodeInput(e envelope) (Input, error) {
	switch e.Kind {
	case "evidence":
		return as[Evidence](e.Value)
	case "answer":
		return as[Answer](e.Value)
	case "device_status":
		return as[DeviceStatus](e.Value)
	case "definition":
		return as[Definition](e.Value)
	case "staff_order":
		return as[StaffOrder](e.Value)
	case "notice":
		return as[Notice](e.Value)
	case "resumed":
		return as[Resumed](e.Value)
	case "time":
		return as[Time](e.Value)
	}
	return nil, fmt.Errorf("journal record: input %q is not known to this version", e.Kind)
}

// factName is the word for v in the journal; it never changes.
//
//nolint:funlen // a table of words, one line a kind
func factName(v Fact) string {
	switch v.(type) {
	case Noted:
		return "noted"
	case Ignored:
		return "ignored"
	case Quarantined:
		return "quarantined"
	case Adopted:
		return "adopted"
	case DeviceChanged:
		return "device_changed"
	case Lost:
		return "lost"
	case HostAway:
		return "host_away"
	case Outage:
		return "outage"
	case Asked:
		return "asked"
	case Answered:
		return "answered"
	case SessionOpened:
		return "session_opened"
	case EntryChanged:
		return "entry_changed"
	case EntryRefused:
		return "entry_refused"
	case AdmissionGiven:
		return "admission_given"
	case AdmissionClosed:
		return "admission_closed"
	case BodyEntered:
		return "body_entered"
	case ExitSeen:
		return "exit_seen"
	case BodyLeft:
		return "body_left"
	case BodyUnknown:
		return "body_unknown"
	case TrackSeen:
		return "track_seen"
	case TrackBound:
		return "track_bound"
	case TrackUnbound:
		return "track_unbound"
	case SessionEnded:
		return "session_ended"
	case LevelSet:
		return "level_set"
	case ChangeSeen:
		return "change_seen"
	case HandSeen:
		return "hand_seen"
	case HandSpent:
		return "hand_spent"
	case ChangeExplained:
		return "change_explained"
	case Taken:
		return "taken"
	case Returned:
		return "returned"
	case Restocked:
		return "restocked"
	case Doubted:
		return "doubted"
	case Unattributed:
		return "unattributed"
	case StrayChanged:
		return "stray_changed"
	case TagSeen:
		return "tag_seen"
	case TagLeft:
		return "tag_left"
	case Late:
		return "late"
	case CartFrozen:
		return "cart_frozen"
	case PaymentMoved:
		return "payment_moved"
	case Posted:
		return "posted"
	case DebtNoted:
		return "debt_noted"
	case HousePosted:
		return "house_posted"
	case ReceiptIssued:
		return "receipt_issued"
	case SessionClosed:
		return "session_closed"
	case PartyAsked:
		return "party_asked"
	case RefundMoved:
		return "refund_moved"
	case DebtCleared:
		return "debt_cleared"
	case LineDecided:
		return "line_decided"
	case DisputeOpened:
		return "dispute_opened"
	case DisputeDecided:
		return "dispute_decided"
	case ChargebackNoted:
		return "chargeback_noted"
	case DayClosed:
		return "day_closed"
	case Alarmed:
		return "alarmed"
	case Noticed:
		return "noticed"
	case SaleRecalled:
		return "sale_recalled"
	case AlarmAcknowledged:
		return "alarm_acknowledged"
	case MovementResolved:
		return "movement_resolved"
	case EnrolmentStarted:
		return "enrolment_started"
	case EnrolmentEnded:
		return "enrolment_ended"
	case InstrumentPaired:
		return "instrument_paired"
	case InstrumentForgotten:
		return "instrument_forgotten"
	case ErasureMoved:
		return "erasure_moved"
	}
	return ""
}

//nolint:funlen // a table of words, one line a kind
func decodeFact(e envelope) (Fact, error) {
	switch e.Kind {
	case "noted":
		return as[Noted](e.Value)
	case "ignored":
		return as[Ignored](e.Value)
	case "quarantined":
		return as[Quarantined](e.Value)
	case "adopted":
		return as[Adopted](e.Value)
	case "device_changed":
		return as[DeviceChanged](e.Value)
	case "lost":
		return as[Lost](e.Value)
	case "host_away":
		return as[HostAway](e.Value)
	case "outage":
		return as[Outage](e.Value)
	case "asked":
		return as[Asked](e.Value)
	case "answered":
		return as[Answered](e.Value)
	case "session_opened":
		return as[SessionOpened](e.Value)
	case "entry_changed":
		return as[EntryChanged](e.Value)
	case "entry_refused":
		return as[EntryRefused](e.Value)
	case "admission_given":
		return as[AdmissionGiven](e.Value)
	case "admission_closed":
		return as[AdmissionClosed](e.Value)
	case "body_entered":
		return as[BodyEntered](e.Value)
	case "exit_seen":
		return as[ExitSeen](e.Value)
	case "body_left":
		return as[BodyLeft](e.Value)
	case "body_unknown":
		return as[BodyUnknown](e.Value)
	case "track_seen":
		return as[TrackSeen](e.Value)
	case "track_bound":
		return as[TrackBound](e.Value)
	case "track_unbound":
		return as[TrackUnbound](e.Value)
	case "session_ended":
		return as[SessionEnded](e.Value)
	case "level_set":
		return as[LevelSet](e.Value)
	case "change_seen":
		return as[ChangeSeen](e.Value)
	case "hand_seen":
		return as[HandSeen](e.Value)
	case "hand_spent":
		return as[HandSpent](e.Value)
	case "change_explained":
		return as[ChangeExplained](e.Value)
	case "taken":
		return as[Taken](e.Value)
	case "returned":
		return as[Returned](e.Value)
	case "restocked":
		return as[Restocked](e.Value)
	case "doubted":
		return as[Doubted](e.Value)
	case "unattributed":
		return as[Unattributed](e.Value)
	case "stray_changed":
		return as[StrayChanged](e.Value)
	case "tag_seen":
		return as[TagSeen](e.Value)
	case "tag_left":
		return as[TagLeft](e.Value)
	case "late":
		return as[Late](e.Value)
	case "cart_frozen":
		return as[CartFrozen](e.Value)
	case "payment_moved":
		return as[PaymentMoved](e.Value)
	case "posted":
		return as[Posted](e.Value)
	case "debt_noted":
		return as[DebtNoted](e.Value)
	case "house_posted":
		return as[HousePosted](e.Value)
	case "receipt_issued":
		return as[ReceiptIssued](e.Value)
	case "session_closed":
		return as[SessionClosed](e.Value)
	case "party_asked":
		return as[PartyAsked](e.Value)
	case "refund_moved":
		return as[RefundMoved](e.Value)
	case "debt_cleared":
		return as[DebtCleared](e.Value)
	case "line_decided":
		return as[LineDecided](e.Value)
	case "dispute_opened":
		return as[DisputeOpened](e.Value)
	case "dispute_decided":
		return as[DisputeDecided](e.Value)
	case "chargeback_noted":
		return as[ChargebackNoted](e.Value)
	case "day_closed":
		return as[DayClosed](e.Value)
	case "alarmed":
		return as[Alarmed](e.Value)
	case "noticed":
		return as[Noticed](e.Value)
	case "sale_recalled":
		return as[SaleRecalled](e.Value)
	case "alarm_acknowledged":
		return as[AlarmAcknowledged](e.Value)
	case "movement_resolved":
		return as[MovementResolved](e.Value)
	case "enrolment_started":
		return as[EnrolmentStarted](e.Value)
	case "enrolment_ended":
		return as[EnrolmentEnded](e.Value)
	case "instrument_paired":
		return as[InstrumentPaired](e.Value)
	case "instrument_forgotten":
		return as[InstrumentForgotten](e.Value)
	case "erasure_moved":
		return as[ErasureMoved](e.Value)
	}
	return nil, fmt.Errorf("journal record: fact %q is not known to this version", e.Kind)
}

// FactName is the word for f in the journal and in lists of events.
func FactName(f Fact) string { return factName(f) }

// InputName is the word for in in the journal and in lists of events.
func InputName(in Input) string { return inputName(in) }
