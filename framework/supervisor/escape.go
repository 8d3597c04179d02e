package supervisor

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// escape makes words of a plugin fit for a log, a terminal and an error: at
// most n bytes, one line, no control or invisible character. A new line, an
// escape code, a text direction override or a byte that is no UTF-8 becomes
// what Go would write for it.
func escape(s string, n int) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if b.Len() >= n {
			b.WriteString("...")
			break
		}
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x`)
			b.WriteString(strconv.FormatUint(uint64(s[i])+0x100, 16)[1:])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		i += size
	}
	return b.String()
}
