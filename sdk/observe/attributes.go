package observe

import (
	"errors"
	"fmt"
	"strings"
)

// CheckAttributes says what is wrong with a credential's attributes, or nil.
// There are at most MaxAttributes, sorted and each once, of at most MaxAttribute
// bytes: a name of lower-case letters and underscores, an equals sign, and a value of
// letters, digits and underscores with no six digits in a row. So neither a card
// number nor a template can be handed over as one.
func CheckAttributes(list []string) error {
	if len(list) == 0 {
		return nil
	}
	if err := count("attributes", len(list), MaxAttributes); err != nil {
		return err
	}
	for i, a := range list {
		if i > 0 && list[i-1] >= a {
			return errors.New("attributes are not sorted, or one is there twice")
		}
		if err := attribute(a); err != nil {
			return err
		}
	}
	return nil
}

func attribute(a string) error {
	const (
		lower  = "abcdefghijklmnopqrstuvwxyz_"
		digits = "0123456789"
		others = lower + digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	)
	name, value, ok := strings.Cut(a, "=")
	switch {
	case len(a) > MaxAttribute:
		return fmt.Errorf("an attribute has %d bytes, the limit is %d", len(a), MaxAttribute)
	case !ok || name == "" || value == "" || strings.Trim(name, lower) != "" || strings.Trim(value, others) != "":
		return errors.New("an attribute is not a name and a value such as loyalty=gold")
	}
	run := 0
	for i := range len(value) {
		if run++; value[i] < '0' || value[i] > '9' {
			run = 0
		}
		if run >= 6 {
			return errors.New("an attribute has six digits in a row: it says what somebody is entitled to, never who it is")
		}
	}
	return nil
}

// The names of attributes that mean the same in every store.
const (
	// AttributeTender says what kind of instrument it is where the method does not
	// tell: card, wallet, app, palm, badge or meal_plan.
	AttributeTender = "tender"
	// AttributeFunding says how it is funded, where the reader knows it already:
	// credit, debit, prepaid, gift or ebt (see payment.Funding).
	AttributeFunding = "funding"
	// AttributeEnrolment is "needed" where the token is a device's own name of whom
	// it recognised, and stands for nothing at any processor: only what the store
	// paired it with does. Nobody is let in by such a token alone, unless the store
	// lists it as staff.
	AttributeEnrolment = "enrolment"
	// EnrolmentNeeded is its value.
	EnrolmentNeeded = "needed"
)

// AttributeOf gives the value of an attribute by its name.
func AttributeOf(list []string, name string) (string, bool) {
	for _, a := range list {
		if n, value, ok := strings.Cut(a, "="); ok && n == name {
			return value, true
		}
	}
	return "", false
}
