package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// answers come late, wrongly or never.
var answers = []Animal{
	{Name: "answers late", Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}},
	// Its answer and the end of the caller's time come at the same moment; a
	// busy host may see either first.
	{Name: "answers after it was called off", Class: storedef.ClassPayment, Asks: true, Answer: []fault.Code{fault.Unknown, fault.None}},
	{Name: "answers never", Class: storedef.ClassPayment, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "answers in noise", Class: storedef.ClassPayment, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "answers at length", Class: storedef.ClassPayment, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "answers with a code of its own", Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "unavailable, it says", Class: storedef.ClassPayment, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "refuses everything", State: event.StateFailed, Says: []string{"another host has it"}},
	{Name: "blames a path at length", State: event.StateFailed},
	{Name: "opens in noise", State: event.StateFailed},
	{Name: "opens with a million abilities", State: event.StateFailed, Says: []string{"larger than max"}},
	{Name: "opens at length", State: event.StateFailed, Says: []string{"larger than max"}},
}
