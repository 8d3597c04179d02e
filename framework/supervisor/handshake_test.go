package supervisor

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestCheckHandshake(t *testing.T) {
	for _, tt := range []struct {
		line string
		want error
	}{
		{"1|1|unix|/run/p/s|grpc|" + anyCertificate, nil},
		{"1|1|unix|/run/p/deep/s|grpc|" + anyCertificate + "|false\r", nil},
		{"1|1|unix|/run/p/s|grpc|Y2VydA", errHandshake},
		{"1|1|unix|/run/p/s|grpc|!", errHandshake},
		{"1|2|unix|/run/p/s|grpc|Y2VydA", errContract},
		{"1|0|unix|/run/p/s|grpc|Y2VydA", errContract},
		{"1|one|unix|/run/p/s|grpc|Y2VydA", errHandshake},
		{"2|1|unix|/run/p/s|grpc|Y2VydA", errHandshake},
		{"1|1|unix|/run/p/s|grpc", errHandshake},
		{"1|1|unix|/run/p/s|grpc|", errHandshake},
		{"1|1|unix|/run/p/s|netrpc|Y2VydA", errHandshake},
		{"1|1|tcp|/run/p/s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p/../q/s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/pq/s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix||grpc|" + anyCertificate, errHandshake},
		{"", errHandshake},
		{"1|1|unix|/run/p/s|grpc|" + anyCertificate + "|maybe", errHandshake},
		{"1|1|unix|/run/p/s|grpc|" + anyCertificate + "|", errHandshake},
		{"1|1|unix|/run/p/s|grpc|" + anyCertificate + "|true|1|1|unix|/run/q/s|grpc|x", errHandshake},
		{"1|1|unix|/run/p/s|grpc|" + anyCertificate + strings.Repeat("A", maxCertificate), errHandshake},
		{"1|+1|unix|/run/p/s|grpc|" + anyCertificate, errHandshake},
		{"1|01|unix|/run/p/s|grpc|" + anyCertificate, errHandshake},
		{" 1|1|unix|/run/p/s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p/s\x00|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p/\x1b[2J|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p/\xff|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p//s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|@/run/p/s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unixgram|/run/p/s|grpc|" + anyCertificate, errHandshake},
		{"1|1|unix|/run/p/s|grpc|" + anyCertificate[:40], errHandshake},
	} {
		if got := checkHandshake(tt.line, "/run/p"); !errors.Is(got, tt.want) {
			t.Errorf("%q: %v", tt.line, got)
		}
	}
}

func TestFirstLine(t *testing.T) {
	full := strings.Repeat("x", maxHandshake)
	for _, tt := range []struct {
		in, line, rest string
		err            error
	}{
		{"a\nb\nc", "a", "b\nc", nil},
		{"\n", "", "", nil},
		{"half", "half", "", io.EOF},
		{"", "", "", io.EOF},
		{full[1:] + "\nb", full[1:], "", nil},
		{full + "\n", full, "", errHandshake},
	} {
		line, rest, err := firstLine(strings.NewReader(tt.in))
		if string(line) != tt.line || string(rest) != tt.rest || !errors.Is(err, tt.err) {
			t.Errorf("%.10q: %.10q, %q, %v", tt.in, line, rest, err)
		}
	}
}
