package hostbench

import (
	"os"
	"strconv"
	"strings"
)

// LoadAverage is the machine's load average of the last minute: how many wanted a
// processor. It is 0 where nobody knows.
func LoadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg") // of Linux alone
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	n, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return n
}
