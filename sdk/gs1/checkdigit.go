package gs1

import "fmt"

// MaxPayload is the longest payload CheckDigit takes: 17 digits, an SSCC or a GSRN.
const MaxPayload = 17

// CheckDigit gives the GS1 check digit, '0' to '9', that follows payload, by the standard's modulo-10 sum with weights 3 and 1 from
// the right (General Specifications 7.9). The payload is 1 to MaxPayload digits without the check digit.
func CheckDigit(payload string) (byte, error) {
	if len(payload) == 0 || len(payload) > MaxPayload {
		return 0, fmt.Errorf("check digit of %s: a payload has 1 to %d digits, this one %d", quote(payload), MaxPayload, len(payload))
	}
	if !allDigits(payload) {
		return 0, fmt.Errorf("check digit of %s: a payload has only digits", quote(payload))
	}
	return checkDigit(payload), nil
}

// checkDigit is CheckDigit for a payload known to be digits.
func checkDigit(payload string) byte {
	sum, weight := 0, 3
	for i := len(payload) - 1; i >= 0; i-- {
		sum += weight * int(payload[i]-'0')
		weight = 4 - weight
	}
	return byte('0' + (10-sum%10)%10)
}

// verify checks the last digit of digits against the others.
func verify(kind, digits string) error {
	payload, found := digits[:len(digits)-1], digits[len(digits)-1]
	if expected := checkDigit(payload); expected != found {
		return fmt.Errorf("%s %s: check digit is %c, expected %c", kind, quote(digits), found, expected)
	}
	return nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// quote shows an input in an error, cut where it is too long to be a mistyped number.
func quote(s string) string {
	const longest = 64
	if len(s) > longest {
		s = s[:longest] + "..."
	}
	return fmt.Sprintf("%q", s)
}
