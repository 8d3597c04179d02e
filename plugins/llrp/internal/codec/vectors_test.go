package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// vectors gives the folder of LLRP vectors, or skips.
func vectors(t testing.TB) string {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the messages of real readers are not here")
	}
	return filepath.Join(root, "vectors", "llrp")
}

// streams gives the bytes of each file that holds messages, by name.
func streams(t testing.TB) map[string][]byte {
	t.Helper()
	root, out := vectors(t), map[string][]byte{}
	add := func(name, digits string) {
		b, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		switch ext := filepath.Ext(path); {
		case ext == ".bytes": // a body, by its message's name
			out[name] = headed(t, strings.SplitN(filepath.Base(path), "-", 2)[0], b)
		case ext == ".bin", ext == ".dat" && len(b) > 0 && b[0] < ' ':
			out[name] = b
		case ext == ".hex", filepath.Base(path) == "caps.txt":
			add(name, string(b))
		case ext == ".pcapng", ext == ".pcap", ext == ".cap":
			for i, s := range tcpStreams(t, b) {
				out[name+"/"+string(rune('a'+i))] = s
			}
		case filepath.Base(path) == "messages.json":
			var list []struct{ Name, Hex string }
			if err := json.Unmarshal(b, &list); err != nil {
				return err
			}
			for _, m := range list {
				add(name+"/"+m.Name, m.Hex)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// headed puts a header before a body.
func headed(t testing.TB, name string, body []byte) []byte {
	t.Helper()
	for typ := range uint16(1 << 10) {
		if m := newMessage(typ); m != nil && NameOf(m) == name {
			b := binary.BigEndian.AppendUint16(nil, Version101<<10|typ)
			b = binary.BigEndian.AppendUint32(b, uint32(HeaderBytes+len(body)))
			return append(append(b, 0, 0, 0, 1), body...)
		}
	}
	t.Fatalf("there is no message %s", name)
	return nil
}

// TestVectors: every message of every vector is read and written again byte for byte.
func TestVectors(t *testing.T) {
	t.Attr("vectors", "recorded messages of LLRP Toolkit, EdgeX, llrp-rs, sllurp and llrpjs, byte for byte both ways")
	messages, kinds := 0, map[uint16]int{}
	for name, b := range streams(t) {
		for at := 0; at < len(b); {
			h, err := ParseHeader(b[at:])
			if err != nil || int(h.Length) > len(b)-at {
				t.Errorf("%s at %d: %+v, %v", name, at, h, err)
				break
			}
			one := b[at : at+int(h.Length)]
			at += len(one)
			messages++
			kinds[h.Type]++
			_, m, err := Decode(one)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if _, raw := m.(*RawMessage); raw {
				t.Errorf("%s: message %d is unknown", name, h.Type)
			}
			if again, err := Append(nil, h.Version, h.ID, m); err != nil || !bytes.Equal(again, one) {
				t.Errorf("%s, %s:\n%x\nis written\n%x, %v", name, NameOf(m), one, again, err)
			}
			if unknown := unknowns(m); unknown != "" {
				t.Logf("%s: %s", name, unknown)
			}
		}
	}
	t.Attr("cases", strconv.Itoa(messages))
	t.Logf("%d messages of %d types, byte for byte", messages, len(kinds))
	if messages < 900 || len(kinds) < 18 {
		t.Errorf("only %d messages of %d types", messages, len(kinds))
	}
}

// unknowns names the parameters that were kept as they are.
func unknowns(e element) string {
	c, ok := e.(container)
	if !ok {
		return ""
	}
	var b strings.Builder
	for _, raw := range c.extra().Unknown {
		b.WriteString(NameOf(e) + " holds " + NameOf(&raw) + "; ")
	}
	for m := range c.members() {
		for n := 0; ; n++ {
			q := c.nth(m, n)
			if q == nil {
				break
			}
			b.WriteString(unknowns(q))
		}
	}
	return b.String()
}

// tcpStreams takes what each side sent out of a capture (pcap or pcapng; Ethernet, Linux cooked or raw), in the order captured. Captures here have
// neither losses nor resends; a segment that was seen is left out.
func tcpStreams(t testing.TB, b []byte) (streams [][]byte) {
	t.Helper()
	by, next := map[string]int{}, map[string]uint32{}
	packets(t, b, func(link uint16, p []byte) {
		skip := map[uint16]int{1: 14, 113: 16, 101: 0, 0: 4, 276: 20}[link]
		if len(p) < skip+40 || p[skip]>>4 != 4 || p[skip+9] != 6 {
			return
		}
		ip := p[skip:]
		ip = ip[:binary.BigEndian.Uint16(ip[2:])]
		tcp := ip[int(ip[0]&15)*4:]
		data, seq := tcp[int(tcp[12]>>4)*4:], binary.BigEndian.Uint32(tcp[4:])
		if len(data) == 0 {
			return
		}
		key := string(ip[12:20]) + string(tcp[:4])
		i, known := by[key]
		if !known {
			i = len(streams)
			by[key] = i
			streams = append(streams, nil)
		} else if int32(seq-next[key]) < 0 {
			return
		}
		next[key] = seq + uint32(len(data))
		streams[i] = append(streams[i], data...)
	})
	return streams
}

// packets walks through a capture.
func packets(t testing.TB, b []byte, each func(link uint16, p []byte)) {
	t.Helper()
	order := binary.ByteOrder(binary.LittleEndian)
	switch magic := order.Uint32(b); magic {
	case 0x0A0D0D0A:
		var links []uint16
		for len(b) >= 12 {
			n := order.Uint32(b[4:])
			switch order.Uint32(b) {
			case 1:
				links = append(links, order.Uint16(b[8:]))
			case 6:
				each(links[order.Uint32(b[8:])], b[28:28+order.Uint32(b[20:])])
			}
			b = b[n:]
		}
	case 0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D:
		if magic == 0xD4C3B2A1 {
			order = binary.BigEndian
		}
		link := uint16(order.Uint32(b[20:]))
		for b = b[24:]; len(b) >= 16; {
			n := order.Uint32(b[8:])
			each(link, b[16:16+n])
			b = b[16+n:]
		}
	default:
		t.Fatalf("no capture begins with %08X", magic)
	}
}
