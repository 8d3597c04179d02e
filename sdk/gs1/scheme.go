package gs1

import "fmt"

// A SchemeError says that an EPC is of a scheme that this package doesn't decode.
type SchemeError struct {
	// Header is the EPC's first byte.
	Header byte
	// Scheme is its name in the Tag Data Standard, or "" for a header that the standard reserves.
	Scheme string
}

// Error names the scheme.
func (e *SchemeError) Error() string {
	if e.Scheme == "" {
		return fmt.Sprintf("EPC header %02X is of no scheme", e.Header)
	}
	return fmt.Sprintf("EPC header %02X is %s, which is unsupported here: it is kept as it is", e.Header, e.Scheme)
}

// schemes is the header table of the Tag Data Standard 2.1, section 14.2. It is only ever looked up.
var schemes = map[byte]string{
	0x2C: "GDTI-96", 0x2D: "GSRN-96", 0x2E: "GSRNP-96", 0x2F: "USDOD-96",
	headerSGTIN96: "SGTIN-96", 0x31: "SSCC-96", 0x32: "SGLN-96", 0x33: "GRAI-96", 0x34: "GIAI-96", 0x35: "GID-96",
	0x36: "SGTIN-198", 0x37: "GRAI-170", 0x38: "GIAI-202", 0x39: "SGLN-195", 0x3A: "GDTI-113", 0x3B: "ADI-var",
	0x3C: "CPI-96", 0x3D: "CPI-var", 0x3E: "GDTI-174", 0x3F: "SGCN-96", 0x40: "ITIP-110", 0x41: "ITIP-212",
	0xF0: "CPI+", 0xF1: "GRAI+", 0xF2: "SGLN+", 0xF3: "ITIP+", 0xF4: "GSRN+", 0xF5: "GSRNP+", 0xF6: "GDTI+",
	0xF7: "SGTIN+", 0xF8: "SGCN+", 0xF9: "SSCC+", 0xFA: "GIAI+", 0xFB: "DSGTIN+",
}

func schemeOf(header byte) string { return schemes[header] }
