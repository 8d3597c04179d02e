package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
	"github.com/openaisle/aisle/plugins/llrp/llrptest"
)

// TestLLRPJS speaks with a reader whose every byte npm llrpjs writes.
func TestLLRPJS(t *testing.T) {
	t.Attr("peer", "npm llrpjs 1.0.1: a reader whose every byte it writes")
	t.Parallel()
	folder := os.Getenv("AISLE_LLRPJS")
	if folder == "" {
		t.Skip("llrpjs is missing: AISLE_LLRPJS names no folder where npm installed it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is missing: llrpjs can't run")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(node, "testdata/llrpjs-reader.js", folder, port, strings.ToLower(aTag))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("llrpjs says %q, %v", line, err)
	}
	r := subject(t, addr, map[string]any{"version": "1.0.1"}).Open(t)
	reads := 0
	for reads < 9 {
		tag := sees(t, r, aTag)
		reads += tag.Reads
		if tag.Antenna != 2 || tag.Power != -6100 || time.Since(tag.Settled).Abs() > time.Hour {
			t.Errorf("%+v", tag)
		}
	}
}

// TestGoLLRP reads what iomz/go-llrp encodes, and encodes it again.
func TestGoLLRP(t *testing.T) {
	t.Attr("peer", "iomz/go-llrp v0.1.0: messages that it encodes")
	t.Parallel()
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = "gollrp"
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	var why bytes.Buffer
	cmd.Stderr = &why
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("go-llrp is missing: %s", strings.TrimSpace(why.String()))
	}
	same := 0
	for line := range strings.Lines(string(out)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		h, m, err := codec.Decode(b)
		if name == "GetReaderConfigResponse" { // it writes 32 bits of length in Identification, where the standard has 16
			if err == nil {
				t.Errorf("%s: read as %+v", name, m)
			}
			continue
		}
		if err != nil || codec.NameOf(m) != name {
			t.Errorf("%s: %v, %v", name, m, err)
			continue
		}
		if again, err := codec.Append(nil, h.Version, h.ID, m); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s:\n%x\nis written\n%x, %v", name, b, again, err)
		}
		same++
	}
	t.Attr("cases", strconv.Itoa(same))
	if same < 12 {
		t.Errorf("only %d messages", same)
	}
	t.Logf("%d messages of go-llrp, byte for byte", same)
}

// TestTshark has Wireshark's dissector look at all that both sides say in a session.
func TestTshark(t *testing.T) {
	t.Attr("peer", "Wireshark's dissector (tshark): sessions without a malformed byte")
	t.Parallel()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is missing: nobody else looks at the bytes")
	}
	for name, opt := range map[string]llrptest.Options{"1.0.1": {Old: true}, "impinj": {Old: true, Maker: llrptest.Impinj}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader, addr := listening(t, opt)
			p := newProxy(t, addr)
			r := subject(t, p.addr, map[string]any{"version": "1.0.1", "keepalive": time.Second,
				"antenna": []map[string]any{{"id": 1, "power": 20.0}, {"id": 3}}, "mode": 2, "gpo": []map[string]any{{"port": 1, "when": "seen"}},
				"trigger": map[string]any{"port": 1, "low": true}}).Open(t)
			reader.Enter(aTag, 1)
			reader.Enter("A28011606000020411A0B2C3D4E5F601", 3)
			sees(t, r, aTag)
			reader.Antenna(2, false)
			r.Says("antenna 2")
			if err := r.Plugin.Close(r.Context(), r.Handle, r.Epoch); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "session.pcap")
			messages := p.write(t, file)
			out, err := exec.Command(tshark, "-r", file, "-T", "fields", "-e", "llrp.id", "-e", "_ws.malformed", "-e", "_ws.expert.message").Output()
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for line := range strings.Lines(string(out)) {
				f := strings.Split(strings.TrimRight(line, "\n"), "\t")
				if f[0] != "" {
					seen += strings.Count(f[0], ",") + 1
				}
				if len(f) > 1 && strings.Join(f[1:], "") != "" {
					t.Errorf("tshark says: %s", line)
				}
			}
			if seen != messages {
				t.Errorf("tshark has seen %d messages of %d", seen, messages)
			}
			t.Logf("tshark: %d messages, none malformed", seen)
		})
	}
}

// proxy lies between the plugin and the reader and keeps what both say, message by message.
type proxy struct {
	addr string

	mu   sync.Mutex
	said []said
}

type said struct {
	reader bool
	b      []byte
}

func newProxy(t *testing.T, to string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			all.Go(func() { p.pass(far, near, false) })
			all.Go(func() { p.pass(near, far, true) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return p
}

func (p *proxy) pass(to, from net.Conn, reader bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	head := make([]byte, codec.HeaderBytes)
	for {
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		b := make([]byte, binary.BigEndian.Uint32(head[2:]))
		copy(b, head)
		if _, err := io.ReadFull(from, b[len(head):]); err != nil {
			return
		}
		p.mu.Lock()
		p.said = append(p.said, said{reader, b})
		p.mu.Unlock()
		if _, err := to.Write(b); err != nil {
			return
		}
	}
}

// write writes a capture of raw IP packets, a message each, and says how many there are.
func (p *proxy) write(t *testing.T, file string) int {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	b := []byte{0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0}
	seq := map[bool]uint32{true: 1, false: 1}
	for i, s := range p.said {
		n := uint32(40 + len(s.b))
		for _, v := range []uint32{1, uint32(i), n, n} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		from, to := uint16(40000), uint16(5084)
		ip := []byte{0x45, 0, byte(n >> 8), byte(n), 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
		if s.reader {
			from, to = to, from
			ip[15], ip[19] = 2, 1
		}
		b = append(b, ip...)
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, from), to)
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, seq[s.reader]), seq[!s.reader])
		b = append(b, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0)
		b = append(b, s.b...)
		seq[s.reader] += uint32(len(s.b))
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if len(p.said) < 20 {
		t.Errorf("only %d messages: %s", len(p.said), fmt.Sprint(file))
	}
	return len(p.said)
}
