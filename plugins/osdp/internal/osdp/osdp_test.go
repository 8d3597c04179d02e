package osdp

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func vectors(t *testing.T, name string) string {
	t.Helper()
	data := os.Getenv("AISLE_DATA")
	if data == "" {
		t.Skip("AISLE_DATA is not set: the recorded sessions of OSDP are there")
	}
	return filepath.Join(data, "vectors", "osdp", name)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The worked examples of SIA OSDP annex E.
func TestAnnexE(t *testing.T) {
	t.Attr("vectors", "SIA OSDP 2.2, annex E: worked examples")
	raw, err := os.ReadFile(vectors(t, "sia-annex-e.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var crcs, sums []map[string]string
	var channel map[string]string
	for key, to := range map[string]any{"crc16": &crcs, "checksum8": &sums, "secure_channel": &channel} {
		if err := json.Unmarshal(doc[key], to); err != nil {
			t.Fatal(err)
		}
	}
	t.Attr("cases", strconv.Itoa(len(crcs)+len(sums)+len(channel)))
	for _, v := range crcs {
		f, _, err := Parse(unhex(t, v["frame"]+v["crc_le"]))
		if err != nil {
			t.Errorf("%s: %v", v["frame"], err)
		}
		if got := hex.EncodeToString(f.Append(nil)); got != v["frame"]+v["crc_le"] {
			t.Errorf("%s becomes %s", v["frame"], got)
		}
	}
	for _, v := range sums {
		f, _, err := Parse(unhex(t, v["frame"]+v["checksum"]))
		if err != nil || !f.Checksum {
			t.Errorf("%s: %v", v["frame"], err)
		}
		if got := hex.EncodeToString(f.Append(nil)); got != v["frame"]+v["checksum"] {
			t.Errorf("%s becomes %s", v["frame"], got)
		}
	}
	if hex.EncodeToString(DefaultKey[:]) != channel["scbk_d"] {
		t.Errorf("SCBK-D is %x", DefaultKey)
	}
	var a, b [8]byte
	copy(a[:], unhex(t, channel["acu_random_rnd_a"]))
	copy(b[:], unhex(t, channel["pd_random_rnd_b"]))
	c := Begin(DefaultKey, a, b)
	server, client, first := c.Server(), c.Client(), c.Start()
	for name, got := range map[string][16]byte{"server_cryptogram_acu": server, "client_cryptogram_pd": client, "r_mac_i": first} {
		if hex.EncodeToString(got[:]) != channel[name] {
			t.Errorf("%s is %x, want %s", name, got, channel[name])
		}
	}
}

// Every frame that others recorded is read, and written again byte for byte: in
// the clear, and through the secure channel of both sides.
func TestRecorded(t *testing.T) {
	t.Attr("vectors", "recorded frames of libosdp 3.2 and SIA's conformance suite, both sides, byte for byte")
	files, err := filepath.Glob(vectors(t, "*.osdpcap"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recording", err)
	}
	keys := []Key{DefaultKey, Key(unhex(t, "101112131415161718191a1b1c1d1e1f"))}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			in, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			s := session{keys: keys}
			for lines := bufio.NewScanner(in); lines.Scan(); {
				var line struct{ IO, Data string }
				if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
				s.play(t, unhex(t, line.Data))
			}
			t.Attr("cases", strconv.Itoa(s.frames))
			t.Logf("%d frames, %d of them through a secure channel", s.frames, s.secure)
			if s.frames == 0 || strings.Contains(file, "secure") && s.secure < 100 {
				t.Errorf("%d frames, %d of them secure", s.frames, s.secure)
			}
		})
	}
}

// session follows a recording with one channel that reads and one that writes.
type session struct {
	keys           []Key
	random         [8]byte
	reads, writes  *Channel
	frames, secure int
}

func (s *session) play(t *testing.T, b []byte) {
	t.Helper()
	marked := len(b) > 0 && b[0] == Mark
	if marked {
		b = b[1:]
	}
	f, size, err := Parse(b)
	if err != nil || size != len(b) {
		t.Fatalf("%x: %d of %d bytes, %v", b, size, len(b), err)
	}
	if got := f.Append(nil); !bytes.Equal(got, b) {
		t.Fatalf("%x\nbecomes\n%x", b, got)
	}
	s.frames++
	switch {
	case f.Code == Challenge && !f.Reply:
		copy(s.random[:], f.Data)
	case f.Code == ClientCrypt && f.Reply:
		p, err := ParseProof(f.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range s.keys {
			if c := Begin(k, s.random, p.Random); c.Client() == p.Cryptogram {
				s.reads, s.writes = c, Begin(k, s.random, p.Random)
			}
		}
		if s.reads == nil {
			t.Fatal("neither key makes the peripheral's cryptogram")
		}
	case f.Code == FirstMAC && f.Reply:
		if first := s.reads.Start(); !bytes.Equal(first[:], f.Data) {
			t.Fatalf("R-MAC-I is %x, want %x", f.Data, first)
		}
		s.writes.Start()
	case authenticated(f.Security):
		s.secure++
		if err := s.reads.Open(&f); err != nil {
			t.Fatalf("%x: %v", b, err)
		}
		again := Frame{Address: f.Address, Reply: f.Reply, Seq: f.Seq, Checksum: f.Checksum, Code: f.Code, Data: f.Data}
		s.writes.Seal(&again)
		if got := again.Append(nil); !bytes.Equal(got, b) {
			t.Fatalf("%x\nsealed again becomes\n%x", b, got)
		}
	}
	check(t, f)
}

// check reads what is in a frame.
func check(t *testing.T, f Frame) {
	t.Helper()
	var err error
	if !f.Reply {
		return
	}
	switch f.Code {
	case PDID:
		var i Identity
		if i, err = ParseIdentity(f.Data); !bytes.Equal(i.Append(nil), f.Data) {
			t.Errorf("%x becomes %x", f.Data, i.Append(nil))
		}
	case PDCap:
		_, err = ParseCapabilities(f.Data)
	case Raw:
		var c Card
		if c, err = ParseCard(f.Data); !bytes.Equal(c.Append(nil), f.Data) {
			t.Errorf("%x becomes %x", f.Data, c.Append(nil))
		}
	case Keypad:
		_, _, err = ParseKeys(f.Data)
	case LocalStatus:
		_, err = ParseLocal(f.Data)
	}
	if err != nil {
		t.Errorf("%s: %v", Name(f.Code, true), err)
	}
}

// What is no frame is told, and the next one is found behind it.
func TestReader(t *testing.T) {
	poll := (&Frame{Address: 5, Seq: 1, Code: Poll}).Append(nil)
	ack := (&Frame{Address: 5, Reply: true, Seq: 1, Code: Ack, Checksum: true}).Append(nil)
	damaged := bytes.Clone(poll)
	damaged[5] ^= 1
	for name, c := range map[string]struct {
		in   []byte
		want []byte
	}{
		"marks and garbage":    {join([]byte{Mark, Mark, 1, 2, 3}, poll, []byte{9, Mark}, ack), []byte{Poll, Ack}},
		"damaged":              {join(damaged, ack), []byte{Ack}},
		"a length of nothing":  {join([]byte{start, 5, 0, 0, 4}, ack), []byte{Ack}},
		"a length without end": {join([]byte{start, 5, 0xff, 0xff, 4}, ack), []byte{Ack}},
		"begun twice":          {join(poll[:2], []byte{8, 0}, poll, ack), []byte{Poll, Ack}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, step := range []int{1, len(c.in)} {
				var r Reader
				var got []byte
				for at := 0; at < len(c.in); at += step {
					if _, err := r.Write(c.in[at : at+step]); err != nil {
						t.Fatal(err)
					}
					for {
						f, ok, err := r.Next()
						if ok {
							got = append(got, f.Code)
						}
						if !ok && err == nil {
							break
						}
					}
				}
				if !bytes.Equal(got, c.want) {
					t.Errorf("%d bytes at a time: got %x, want %x", step, got, c.want)
				}
			}
		})
	}
}

// Whoever changes a bit on the line is found, in either direction.
func TestTampered(t *testing.T) {
	a, b := [8]byte{1}, [8]byte{2}
	for bit := range 8 * 30 {
		panel, reader := Begin(DefaultKey, a, b), Begin(DefaultKey, a, b)
		panel.Start()
		reader.Start()
		f := Frame{Address: 5, Seq: 2, Code: Out, Data: Set(Output{Number: 1, Control: OutputPulse, Tenths: 30})}
		panel.Seal(&f)
		line := f.Append(nil)
		if bit/8 < headLen || bit/8 >= len(line)-2 {
			continue
		}
		line[bit/8] ^= 1 << (bit % 8)
		end := len(line) - 2
		sum := crc(line[:end])
		line[end], line[end+1] = byte(sum), byte(sum>>8)
		got, _, err := Parse(line)
		if err == nil {
			err = reader.Open(&got)
		}
		if !errors.Is(err, ErrSecurity) && !errors.Is(err, ErrFrame) {
			t.Errorf("bit %d of %x: %v", bit, line, err)
		}
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func FuzzFrame(f *testing.F) {
	for _, s := range []string{"53050900046100c125", "5385140004", "53050e000c0b11010061000000"} {
		f.Add(unhex(f, s))
	}
	sealed := Frame{Address: 1, Reply: true, Code: Raw, Data: Card{Bits: 26, Data: []byte{1, 2, 3, 0x40}}.Append(nil)}
	c := Begin(DefaultKey, [8]byte{}, [8]byte{})
	c.Start()
	c.Seal(&sealed)
	f.Add(sealed.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Reader
		if _, err := r.Write(b); err != nil {
			t.Fatal(err)
		}
		for {
			got, ok, err := r.Next()
			if !ok && err == nil {
				return
			}
			if !ok {
				continue
			}
			again, size, err := Parse(got.Append(nil))
			if err != nil || size != len(got.Append(nil)) || !bytes.Equal(again.Append(nil), got.Append(nil)) {
				t.Fatalf("%+v is not read again: %v", got, err)
			}
			readAll(got)
			c := Begin(DefaultKey, [8]byte{1}, [8]byte{2})
			_ = c.Open(&got)
		}
	})
}

func readAll(f Frame) {
	_, _ = ParseIdentity(f.Data)
	_, _ = ParseCapabilities(f.Data)
	_, _ = ParseCard(f.Data)
	_, _, _ = ParseKeys(f.Data)
	_, _ = ParseLocal(f.Data)
	_, _ = ParseProof(f.Data)
	_, _ = ParseRefusal(f.Data)
	_, _ = Outputs(f.Data)
	_, _ = NewKey(f.Data)
}
