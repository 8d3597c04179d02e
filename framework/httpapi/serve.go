package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	readHeaderWithin = 5 * time.Second
	readWithin       = 10 * time.Second
	answerWithin     = 30 * time.Second
	idleFor          = 60 * time.Second
	shutdownWithin   = 5 * time.Second
	maxHeader        = 16 << 10
)

// Listen listens at an address of the loopback interface, such as
// "127.0.0.1:8080", or port 0 for any. Every other address is refused.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen at %q: %w", address, err)
	}
	if !loopbackHost(host) {
		return nil, fmt.Errorf("listen at %q: only the loopback interface is served, such as 127.0.0.1", address)
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() { // localhost may be anything in a hosts file
		return nil, errors.Join(fmt.Errorf("listen at %q: that is %s, which is not loopback", address, l.Addr()), l.Close())
	}
	return l, nil
}

// Serve answers requests until ctx ends, then closes the streams, lets other
// requests end and returns nil. It closes l.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	base, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	s := server(h)
	s.BaseContext = func(net.Listener) context.Context { return base }
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop() // a stream never ends by itself
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	err := s.Shutdown(last)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop serving %s: %w", l.Addr(), err), s.Close())
	}
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve: %w", end))
	}
	return err
}

func server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderWithin,
		ReadTimeout:       readWithin,
		WriteTimeout:      answerWithin,
		IdleTimeout:       idleFor,
		MaxHeaderBytes:    maxHeader,
	}
}
