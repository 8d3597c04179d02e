package session

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

// Options are how to speak with a reader.
type Options struct {
	// Answer is how long it may take to answer, and to say a message from its first byte to its last.
	Answer time.Duration
	// Keepalive is how often it is to say that it is there; after three times that without a word it is lost.
	Keepalive time.Duration
	// Old keeps to LLRP 1.0.1 and asks nothing about versions.
	Old bool
	// Deaf is called at each message that can't be read.
	Deaf func(error)
}

const (
	// missed is how many keep-alives may be missed.
	missed = 3
	// closeWithin is how long a reader may take to say good-bye.
	closeWithin = 2 * time.Second
	// tries is how many optional questions fit in the time of one answer.
	tries = 5
	// maxEarly is how many messages may come before the conversation is set up: what a reader held back.
	maxEarly = 4096
	// maxDeaf is how many messages in a row may be unreadable.
	maxDeaf = 8
)

// The errors, beside codec's. Each is wrapped in a sentence.
var (
	ErrTaken   = errors.New("the reader has another client")
	ErrRefused = errors.New("the reader refused")
	ErrSilent  = errors.New("the reader says nothing")
	ErrSlow    = errors.New("the reader does not end what it began to say")
	ErrClosed  = errors.New("the reader closed the connection")
)

// Session is a connection that is set up. One goroutine reads at a time; Tell may be called beside it.
type Session struct {
	conn    net.Conn
	in      *bufio.Reader
	opt     Options
	version uint8
	began   *codec.ReaderEventNotificationData
	arrived time.Time
	frame   []byte
	early   []codec.Message
	deaf    int

	waking sync.Mutex // of woken and the deadline of reads
	woken  bool

	mu  sync.Mutex // of what follows and of writing
	id  uint32
	out []byte
}

// Dial connects to a reader, waits until it says that it is ours, and agrees on a version. Who has a Session closes it.
func Dial(ctx context.Context, addr string, opt Options) (*Session, error) {
	within, cancel := context.WithTimeout(ctx, opt.Answer)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(within, "tcp", addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	s := New(conn, opt)
	if err := s.begin(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// New gives the session of a connection at which nothing was said yet.
func New(conn net.Conn, opt Options) *Session {
	return &Session{conn: conn, in: bufio.NewReaderSize(conn, 1<<16), opt: opt, version: codec.Version101}
}

// Version is the one agreed on, 1 for LLRP 1.0.1 and 2 for 1.1.
func (s *Session) Version() uint8 { return s.version }

// Began is the reader's clock when it took the connection, in microseconds, whether that is UTC, and when it said so.
func (s *Session) Began() (clock uint64, utc bool, at time.Time) {
	switch t := s.began.Timestamp.(type) {
	case *codec.UTCTimestamp:
		return t.Microseconds, true, s.arrived
	case *codec.Uptime:
		return t.Microseconds, false, s.arrived
	}
	return 0, false, s.arrived
}

func (s *Session) begin() error {
	m, err := s.next(s.opt.Answer)
	if err != nil {
		return fmt.Errorf("wait for the reader's word that it is ours: %w", err)
	}
	s.arrived = time.Now()
	note, ok := m.(*codec.ReaderEventNotification)
	if !ok || note.ReaderEventNotificationData == nil || note.ReaderEventNotificationData.ConnectionAttemptEvent == nil {
		return fmt.Errorf("a reader begins by saying whether the connection is ours, not with %s: %w", codec.NameOf(m), codec.ErrMalformed)
	}
	s.began = note.ReaderEventNotificationData
	switch st := s.began.ConnectionAttemptEvent.Status; st {
	case codec.ConnectionAttemptStatusTypeSuccess:
	case codec.ConnectionAttemptStatusTypeFailedAClientInitiatedConnectionAlreadyExists:
		return fmt.Errorf("%w: it has one client at a time; one that went without a word is forgotten after its keep-alives", ErrTaken)
	case codec.ConnectionAttemptStatusTypeFailedAReaderInitiatedConnectionAlreadyExists:
		return fmt.Errorf("%w: it is set to connect to one itself; switch reader-initiated connections off", ErrTaken)
	case codec.ConnectionAttemptStatusTypeFailedReasonOtherThanAConnectionAlreadyExists, codec.ConnectionAttemptStatusTypeAnotherConnectionAttempted:
		return fmt.Errorf("%w the connection, with status %d", ErrRefused, st)
	default:
		return fmt.Errorf("%w the connection, with status %d, which LLRP does not have", ErrRefused, st)
	}
	if s.opt.Old {
		return nil
	}
	return s.agree()
}

// agree asks for LLRP 1.1. A reader of 1.0.1 does not know the question: it answers with an error, or with nothing.
func (s *Session) agree() error {
	answer, err := s.ask(&codec.GetSupportedVersion{}, codec.Version11, s.opt.Answer/tries)
	switch {
	case errors.Is(err, ErrRefused), errors.Is(err, ErrSilent):
		return nil
	case err != nil:
		return fmt.Errorf("ask which versions of LLRP it speaks: %w", err)
	}
	has, ok := answer.(*codec.GetSupportedVersionResponse)
	if !ok || has.SupportedVersion < codec.Version11 {
		return nil
	}
	if has.CurrentVersion != codec.Version11 {
		_, err := s.ask(&codec.SetProtocolVersion{ProtocolVersion: codec.Version11}, codec.Version11, s.opt.Answer)
		if errors.Is(err, ErrRefused) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("set LLRP 1.1: %w", err)
		}
	}
	s.version = codec.Version11
	return nil
}

// Ask says something and waits for the answer. What comes meanwhile is kept for Run. An answer with an error is ErrRefused, with the reader's
// words.
func (s *Session) Ask(m codec.Message) (codec.Message, error) {
	return s.ask(m, s.version, s.opt.Answer)
}

// Try is Ask for what a reader may do without. One that passes over a message it does not know makes us wait for a part of its time only: a few of
// these must not use up what the host gives a device to open.
func (s *Session) Try(m codec.Message) (codec.Message, error) {
	return s.ask(m, s.version, s.opt.Answer/tries)
}

func (s *Session) ask(m codec.Message, version uint8, within time.Duration) (codec.Message, error) {
	id, err := s.tell(m, version)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(within)
	for {
		left := time.Until(until)
		if left <= 0 {
			return nil, fmt.Errorf("%s: %w", codec.NameOf(m), ErrSilent)
		}
		h, answer, err := s.read(left)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", codec.NameOf(m), err)
		}
		if answer == nil {
			continue
		}
		if h.ID == id && answers(m, answer) {
			return answer, refusal(m, answer)
		}
		if len(s.early) >= maxEarly {
			return nil, fmt.Errorf("%s: the reader reports and does not answer: %w", codec.NameOf(m), ErrSilent)
		}
		s.early = append(s.early, answer)
	}
}

// answers says that a message can be the answer to another: readers number their reports too.
func answers(_, answer codec.Message) bool {
	switch answer.(type) {
	case *codec.ROAccessReport, *codec.ReaderEventNotification:
		return false
	}
	return true
}

// Tell says something without waiting.
func (s *Session) Tell(m codec.Message) error {
	_, err := s.tell(m, s.version)
	return err
}

func (s *Session) tell(m codec.Message, version uint8) (id uint32, err error) {
	if err := codec.Check(m, version); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id++
	return s.id, s.write(m, version, s.id)
}

// write is called with the lock.
func (s *Session) write(m codec.Message, version uint8, id uint32) (err error) {
	if s.out, err = codec.Append(s.out[:0], version, id, m); err != nil {
		return err
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.opt.Answer))
	_, err = s.conn.Write(s.out)
	return err
}

// Run gives each message that comes to take until ctx ends or the reader is lost, and calls tick about every so often. Keep-alives are
// answered here.
func (s *Session) Run(ctx context.Context, take func(codec.Message) error, every time.Duration, tick func()) error {
	stop := context.AfterFunc(ctx, func() { s.wake(true) })
	defer stop()
	for _, m := range s.early {
		if err := take(m); err != nil {
			return err
		}
	}
	s.early = nil
	heard, ticked := time.Now(), time.Now()
	for ctx.Err() == nil {
		_, m, err := s.read(every)
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrSilent) && now.Sub(heard) < missed*s.opt.Keepalive:
		case err != nil:
			return err
		default:
			heard = now
			if m == nil {
				break
			}
			if err := take(m); err != nil {
				return err
			}
		}
		if now.Sub(ticked) >= every {
			ticked = now
			tick()
		}
	}
	return ctx.Err()
}

// wake ends a read under way, and all to come until it is taken back.
func (s *Session) wake(on bool) {
	s.waking.Lock()
	defer s.waking.Unlock()
	if s.woken = on; on {
		_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// patience is how long the next read may take.
func (s *Session) patience(d time.Duration) {
	s.waking.Lock()
	defer s.waking.Unlock()
	if !s.woken {
		_ = s.conn.SetReadDeadline(time.Now().Add(d))
	}
}

// next is the next message that is for the one who calls.
func (s *Session) next(within time.Duration) (codec.Message, error) {
	for {
		_, m, err := s.read(within)
		if err != nil || m != nil {
			return m, err
		}
	}
}

// read reads one message. It is nil for a keep-alive, and for one that can't be read while the next can.
func (s *Session) read(within time.Duration) (codec.Header, codec.Message, error) {
	h, frame, err := s.whole(within)
	if err != nil {
		return h, nil, err
	}
	_, m, err := codec.Decode(frame)
	if err != nil {
		s.deaf++
		if s.opt.Deaf != nil {
			s.opt.Deaf(err)
		}
		if s.deaf >= maxDeaf {
			return h, nil, fmt.Errorf("%d messages in a row can't be read: %w", maxDeaf, err)
		}
		return h, nil, nil
	}
	s.deaf = 0
	if _, ok := m.(*codec.Keepalive); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		return h, nil, s.write(&codec.KeepaliveAck{}, s.version, h.ID)
	}
	return h, m, nil
}

// whole reads the bytes of one message.
func (s *Session) whole(within time.Duration) (h codec.Header, frame []byte, err error) {
	if s.in.Buffered() < codec.HeaderBytes {
		if s.in.Buffered() == 0 {
			s.patience(within)
			if _, err := s.in.Peek(1); err != nil {
				return h, nil, said(err, ErrSilent)
			}
		}
		s.patience(s.opt.Answer)
	}
	head, err := s.in.Peek(codec.HeaderBytes)
	if err != nil {
		return h, nil, said(err, ErrSlow)
	}
	if h, err = codec.ParseHeader(head); err != nil {
		return h, nil, err
	}
	n := int(h.Length)
	if n > s.in.Buffered() {
		s.patience(s.opt.Answer)
	}
	if cap(s.frame) < n {
		s.frame = make([]byte, n)
	}
	frame = s.frame[:n]
	if _, err = io.ReadFull(s.in, frame); err != nil {
		return h, nil, said(err, ErrSlow)
	}
	return h, frame, nil
}

// said names what ended a read.
func said(err, late error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return late
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrClosed
	}
	return err
}

// Close says good-bye, so that the reader takes the next client at once, and closes the connection.
func (s *Session) Close() error {
	s.wake(false)
	s.opt.Answer = min(s.opt.Answer, closeWithin)
	_, err := s.Ask(&codec.CloseConnection{})
	return errors.Join(err, s.conn.Close())
}

// Drop closes the connection without a word: one that is broken has nobody to say it to.
func (s *Session) Drop() { _ = s.conn.Close() }
