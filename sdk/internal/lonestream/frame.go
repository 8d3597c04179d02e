package lonestream

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What of HTTP/2 is spoken (RFC 9113, sections 3.4, 6 and 7).
const (
	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

	frameHeader = 9 // bytes

	typeData         = 0x0
	typeHeaders      = 0x1
	typeReset        = 0x3
	typeSettings     = 0x4
	typePush         = 0x5
	typePing         = 0x6
	typeGoAway       = 0x7
	typeWindow       = 0x8
	typeContinuation = 0x9

	flagEndStream  = 0x1 // of DATA and HEADERS
	flagAck        = 0x1 // of SETTINGS and PING
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20

	settingPush      = 0x2
	settingWindow    = 0x4
	settingFrame     = 0x5
	settingHeaders   = 0x6
	settingBytes     = 6
	codeCancel       = 0x8
	streamID         = 1
	firstWindow      = 65_535 // of stream and connection until told otherwise
	leastFrame       = 16_384 // bytes that a frame may have at the least, and ours at the most
	mostWindow       = 1<<31 - 1
	pingBytes        = 8
	priorityBytes    = 5
	messagePrefix    = 5 // gRPC: a flag and a length
	maxControlFrames = 1024
)

// header is the first nine bytes of a frame.
type header struct {
	length int
	kind   byte
	flags  byte
	stream uint32
}

func readHeader(b []byte) header {
	return header{int(b[0])<<16 | int(b[1])<<8 | int(b[2]), b[3], b[4], binary.BigEndian.Uint32(b[5:]) & mostWindow}
}

func appendHeader(b []byte, length int, kind, flags byte, stream uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, byte(length>>16), byte(length>>8), byte(length), kind, flags), stream) //nolint:gosec // a frame's length
}

func appendWindow(b []byte, stream uint32, more int) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(b, 4, typeWindow, 0, stream), uint32(more)) //nolint:gosec // less than a window
}

func appendSetting(b []byte, id uint16, value uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, id), value)
}

// unpad takes the padding and the priority off a frame's payload.
func (h header) unpad(b []byte) ([]byte, error) {
	pad := 0
	if h.flags&flagPadded != 0 {
		if len(b) == 0 {
			return nil, errFrame
		}
		pad, b = int(b[0]), b[1:]
	}
	if h.kind == typeHeaders && h.flags&flagPriority != 0 {
		if len(b) < priorityBytes {
			return nil, errFrame
		}
		b = b[priorityBytes:]
	}
	if pad > len(b) {
		return nil, errFrame
	}
	return b[:len(b)-pad], nil
}

var errFrame = errors.New("lonestream: a malformed frame")

func errOf(format string, args ...any) error { return fmt.Errorf("lonestream: "+format, args...) }
