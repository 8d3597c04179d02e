package storefile

import (
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// TestStep is one block of a run: one of EnterStep, HandStep, LeaveStep,
// WaitStep, DeviceStep, ProcessorStep, StaffStep or AssertStep.
//
//sumtype:decl
type TestStep interface {
	// Where is the block's place.
	Where() Place
	step()
}

// stepPlace is the place of a step.
type stepPlace struct{ Place }

// Where gives it.
func (s stepPlace) Where() Place { return s.Place }

func (EnterStep) step()     {}
func (HandStep) step()      {}
func (LeaveStep) step()     {}
func (WaitStep) step()      {}
func (DeviceStep) step()    {}
func (ProcessorStep) step() {}
func (StaffStep) step()     {}
func (AssertStep) step()    {}

// EnterStep is a party that presents a credential and comes in if it may.
type EnterStep struct {
	stepPlace
	Visit  string
	Reader string
	// Gate is the one that the reader serves.
	Gate       string
	Tender     storedef.Tender
	Token      string
	Party      int
	Attributes []string
	Quality    measure.Probability
	// Declined says that the processor declines the hold.
	Declined bool
}

// HandStep is a hand that takes units or puts them back.
type HandStep struct {
	stepPlace
	Visit   string
	Put     bool
	Product gs1.GTIN
	// Bay is empty for goods that stand on none.
	Bay   string
	Units int
	// Body is whose of the party the hand is, from 1.
	Body int
	// Unseen and Unfelt say that no camera sees the hand, and that the scale does
	// not tell of it. Tagged says whether the units carry tags.
	Unseen, Unfelt, Tagged bool
	// Mass is what weighed goods weigh; zero for the product's own.
	Mass measure.Mass
	// Pause is how long nothing else happens; negative until all is told.
	Pause time.Duration
}

// LeaveStep is bodies that go out.
type LeaveStep struct {
	stepPlace
	Visit string
	Gate  string
	// Bodies is how many go, 0 for all.
	Bodies int
}

// WaitStep is time in which nothing else happens.
type WaitStep struct {
	stepPlace
	For time.Duration
}

// DeviceStep is a device that stops, or is opened again.
type DeviceStep struct {
	stepPlace
	Device string
	Down   bool
}

// ProcessorStep says what the made-up processor answers from now on.
type ProcessorStep struct {
	stepPlace
	// Answers are words of ProcessorAnswers by operation.
	Answers                     map[string]string
	Funding, Risk, Brand, Last4 string
	Message                     string
}

// StaffStep is an order of a member of staff.
type StaffStep struct {
	stepPlace
	Order  string
	Visit  string
	Reason string
	// Products are those of the lines that it is about; none for all.
	Products []gs1.GTIN
	Amount   *money.Amount
	Granted  bool
}

// AssertStep is a condition that must hold where it stands; see TestScript.Check.
type AssertStep struct {
	stepPlace
	block *block
}

// The operations of a processor, and what it may do with them: it does so; it
// refuses; it can't be reached; it does so and its answer is lost; it does
// nothing and says nothing.
const (
	AnswerDone        = "done"
	AnswerRefused     = "refused"
	AnswerUnavailable = "unavailable"
	AnswerLost        = "lost"
	AnswerSilent      = "silent"
)

// ProcessorAnswers lists the answers, the default first.
func ProcessorAnswers() []string {
	return []string{AnswerDone, AnswerRefused, AnswerUnavailable, AnswerLost, AnswerSilent}
}

// ProcessorOperations lists the operations.
func ProcessorOperations() []string {
	return []string{"authorize", "capture", "increase", "refund", "void"}
}

// StaffOrders lists the orders that staff may give in a test.
func StaffOrders() []string {
	return []string{"end_session", "drop_pending", "charge_pending", "release", "refund", "dispute", "decide_dispute", "write_off", "retry_debt"}
}

// The block types of steps.
const (
	stepEnter     = "enter"
	stepTake      = "take"
	stepPut       = "put"
	stepLeave     = "leave"
	stepWait      = "wait"
	stepDown      = "down"
	stepUp        = "up"
	stepProcessor = "processor"
	stepStaff     = "staff"
)

func stepTypes() []string {
	return []string{stepEnter, stepTake, stepPut, stepLeave, stepWait, stepDown, stepUp, stepProcessor, stepStaff}
}

// stepType gives the block type of a step.
func stepType(name string) blockType {
	switch name {
	case stepEnter:
		return blockType{arguments: []argument{{"by", true, `by = "card"`}, {"at", false, ""}, {"token", false, ""}, {"party", false, ""},
			{"attributes", false, ""}, {"quality", false, ""}, {"declined", false, ""}}}
	case stepTake, stepPut:
		return blockType{arguments: []argument{{"product", true, "product = product.cola_330"}, {"at", false, ""}, {"units", false, ""}, {"body", false, ""},
			{"mass", false, ""}, {"seen", false, ""}, {"felt", false, ""}, {"tagged", false, ""}, {"pause", false, ""}}}
	case stepLeave:
		return blockType{arguments: []argument{{"at", false, ""}, {"bodies", false, ""}}}
	case stepWait:
		return blockType{arguments: []argument{{"for", true, `for = "10m"`}}}
	case stepDown, stepUp:
		return blockType{arguments: []argument{{"device", true, "device = camera.ceiling"}}}
	case stepProcessor:
		t := blockType{}
		for _, op := range ProcessorOperations() {
			t.arguments = append(t.arguments, argument{op, false, ""})
		}
		t.arguments = append(t.arguments, argument{"funding", false, ""}, argument{"risk", false, ""}, argument{"brand", false, ""}, argument{"last4", false, ""}, argument{"message", false, ""})
		return t
	case stepStaff:
		return blockType{label: "order", arguments: []argument{{"visit", false, ""}, {"reason", false, ""}, {"products", false, ""}, {"amount", false, ""}, {"granted", false, ""}}}
	}
	return blockType{arguments: []argument{{"condition", true, `condition = receipt.total == "1.80 EUR"`}, {"error_message", true, `error_message = "One cola costs 1.80."`}}}
}
