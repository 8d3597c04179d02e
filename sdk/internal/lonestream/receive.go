package lonestream

import (
	"encoding/binary"
	"io"
)

// How much is read at once: at first, and where that was not enough. The larger
// one holds any frame.
const (
	leastRead = 4 << 10
	mostRead  = 32 << 10
)

// Receive waits for the next message, which is valid until the next call. The
// error is os.ErrDeadlineExceeded after an Interrupt, and then it may be called
// again; io.EOF where the other end has ended the stream in peace; a gRPC status
// where it said why it did; or else what broke.
func (s *Stream) Receive() ([]byte, error) {
	s.body = s.body[:copy(s.body, s.body[s.at:])]
	s.at = 0
	for {
		if m, err := s.message(); m != nil || err != nil {
			return m, err
		}
		if s.ended != nil {
			return nil, s.ended
		}
		if whole, err := s.frame(); err != nil {
			s.ended = err
			if len(s.body) > s.at && err == io.EOF { //nolint:errorlint // as headers gives it
				s.ended = io.ErrUnexpectedEOF
			}
			return nil, s.ended
		} else if whole {
			continue
		}
		if err := s.more(); err != nil {
			return nil, err
		}
	}
}

// message gives the next message of what has come; nil where it is not whole.
func (s *Stream) message() ([]byte, error) {
	b := s.body[s.at:]
	if len(b) < messagePrefix {
		return nil, nil //nolint:nilnil // more has to come
	}
	size := binary.BigEndian.Uint32(b[1:])
	switch {
	case b[0] != 0:
		s.ended = errOf("a message that is compressed, which nobody offered")
	case int64(size) > int64(s.o.MaxMessage):
		s.ended = errOf("a message of %d bytes, the limit is %d", size, s.o.MaxMessage)
	}
	if s.ended != nil {
		return nil, s.ended
	}
	end := messagePrefix + int(size)
	if len(b) < end {
		return nil, nil //nolint:nilnil // more has to come
	}
	s.at += end
	s.controls = 0
	return b[messagePrefix:end:end], nil
}

// more reads from the connection. What there is to say to the other end goes
// first, where no message took it along.
func (s *Stream) more() error {
	s.mu.Lock()
	err := s.flush()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	s.to = copy(s.in, s.in[s.from:s.to])
	s.from = 0
	if s.to == len(s.in) { // of a frame that does not fit
		s.in = append(make([]byte, 0, mostRead), s.in...)[:mostRead]
	}
	n, err := s.conn.Read(s.in[s.to:])
	s.to += n
	if n > 0 {
		return nil
	}
	if err == io.EOF { //nolint:errorlint // the connection's own
		err = io.ErrUnexpectedEOF
	}
	return err
}

// frame takes the next frame. It is false where it is not whole.
func (s *Stream) frame() (bool, error) {
	b := s.in[s.from:s.to]
	if len(b) < frameHeader {
		return false, nil
	}
	h := readHeader(b)
	if h.length > leastFrame {
		return false, errOf("a frame of %d bytes", h.length)
	}
	if len(b) < frameHeader+h.length {
		return false, nil
	}
	s.from += frameHeader + h.length
	if s.controls++; s.controls > maxControlFrames {
		return false, errOf("more than %d frames without a message", maxControlFrames)
	}
	if s.inBlock && h.kind != typeContinuation {
		return false, errFrame
	}
	return true, s.handle(h, b[frameHeader:frameHeader+h.length])
}

func (s *Stream) handle(h header, b []byte) error {
	if of := h.kind == typeData || h.kind == typeHeaders || h.kind == typeReset || h.kind == typeContinuation; of && h.stream != streamID {
		return errOf("a frame of stream %d, which nobody opened", h.stream)
	}
	switch h.kind {
	case typeData:
		return s.data(h, b)
	case typeHeaders, typeContinuation:
		return s.fragment(h, b)
	case typeReset:
		if len(b) != 4 {
			return errFrame
		}
		return errOf("the other end reset it, with code %d", binary.BigEndian.Uint32(b))
	case typePush:
		return errOf("a push, which nobody allowed")
	case typeGoAway:
		if len(b) < 8 {
			return errFrame
		}
		if binary.BigEndian.Uint32(b)&mostWindow < streamID {
			return errOf("the other end went away, with code %d", binary.BigEndian.Uint32(b[4:]))
		}
		return nil // this stream may end
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch h.kind {
	case typeSettings:
		return s.settings(h, b)
	case typePing:
		if len(b) != pingBytes {
			return errFrame
		}
		if h.flags&flagAck == 0 {
			s.out = append(appendHeader(s.out, pingBytes, typePing, flagAck, 0), b...)
		}
	case typeWindow:
		return s.grant(h, b)
	}
	return nil // of a kind that may be left alone
}

// data takes a part of a message, and gives its window back in larger parts.
func (s *Stream) data(h header, b []byte) error {
	all := len(b)
	b, err := h.unpad(b)
	if err != nil {
		return err
	}
	if !s.answered {
		return errOf("a message without headers")
	}
	s.body = append(s.body, b...)
	if s.unreturned += all; s.unreturned >= s.o.Window/4 {
		s.mu.Lock()
		s.out = appendWindow(appendWindow(s.out, 0, s.unreturned), streamID, s.unreturned)
		s.mu.Unlock()
		s.unreturned = 0
	}
	if h.flags&flagEndStream != 0 {
		return errOf("it ended without a status")
	}
	return nil
}

// fragment takes a part of a header block.
func (s *Stream) fragment(h header, b []byte) error {
	if h.kind == typeHeaders {
		var err error
		if b, err = h.unpad(b); err != nil {
			return err
		}
		s.inBlock, s.blockEnds, s.block = true, h.flags&flagEndStream != 0, s.block[:0]
	} else if !s.inBlock {
		return errFrame
	}
	if len(s.block)+len(b) > s.o.MaxHeaders {
		return errOf("headers of more than %d bytes", s.o.MaxHeaders)
	}
	s.block = append(s.block, b...)
	if h.flags&flagEndHeaders == 0 {
		return nil
	}
	s.inBlock = false
	err := s.headers(s.block, s.blockEnds)
	s.block = nil
	return err
}

// settings takes the other end's. The lock is held, as for grant.
func (s *Stream) settings(h header, b []byte) error {
	if h.flags&flagAck != 0 {
		return nil
	}
	if len(b)%settingBytes != 0 {
		return errFrame
	}
	for ; len(b) > 0; b = b[settingBytes:] {
		value := binary.BigEndian.Uint32(b[2:])
		switch binary.BigEndian.Uint16(b) {
		case settingWindow:
			if value > mostWindow {
				return errFrame
			}
			s.stream += int(value) - s.initial
			s.initial = int(value)
		case settingFrame: // ours have the size that every one takes
		}
	}
	s.out = appendHeader(s.out, 0, typeSettings, flagAck, 0)
	return nil
}

// grant makes a window larger.
func (s *Stream) grant(h header, b []byte) error {
	if len(b) != 4 {
		return errFrame
	}
	window := &s.whole
	switch h.stream {
	case 0:
	case streamID:
		window = &s.stream
	default:
		return nil
	}
	*window += int(binary.BigEndian.Uint32(b) & mostWindow)
	if *window > mostWindow {
		return errOf("a window of more than %d bytes", mostWindow)
	}
	return nil
}
