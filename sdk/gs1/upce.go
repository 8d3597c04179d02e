package gs1

import "fmt"

// ExpandUPCE gives the GTIN of a zero-suppressed UPC-E code (General Specifications 5.2.2.4):
// six digits (number system 0), seven (the number system first), or eight (number system, six digits, check digit, which is checked).
// Seven digits never mean six and a check digit. The number system is 0 or 1.
func ExpandUPCE(s string) (GTIN, error) {
	if !allDigits(s) || len(s) < 6 || len(s) > 8 {
		return "", fmt.Errorf("UPC-E %s: it has 6, 7 or 8 digits", quote(s))
	}
	system, body, check := "0", s, ""
	if len(s) > 6 {
		system, body, check = s[:1], s[1:7], s[7:]
	}
	if system != "0" && system != "1" {
		return "", fmt.Errorf("UPC-E %s: the number system is 0 or 1, not %s", quote(s), system)
	}
	payload := system + expand(body)
	expected := checkDigit(payload)
	if check != "" && check[0] != expected {
		return "", fmt.Errorf("UPC-E %s: check digit is %s, expected %c", quote(s), check, expected)
	}
	return ParseGTIN(payload + string(expected))
}

// expand puts back the zeros that the last of the six digits stands for.
func expand(six string) string {
	switch last := six[5]; last {
	case '0', '1', '2':
		return six[:2] + six[5:] + "0000" + six[2:5]
	case '3':
		return six[:3] + "00000" + six[3:5]
	case '4':
		return six[:4] + "00000" + six[4:5]
	default:
		return six[:5] + "0000" + six[5:]
	}
}
