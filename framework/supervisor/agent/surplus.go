package agent

import (
	"context"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
)

// surplus counts messages against a flood.
type surplus struct {
	since time.Time
	n     int
}

func newSurplus(now time.Time) *surplus { return &surplus{since: now} }

// take reports whether one more message is within maxSurplus a second.
func (s *surplus) take(now time.Time) bool {
	if now.Sub(s.since) >= time.Second {
		s.since, s.n = now, 0
	}
	s.n++
	return s.n <= maxSurplus
}

// caller is the name in the certificate of the host that calls.
func caller(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ""
	}
	t, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(t.State.PeerCertificates) == 0 {
		return ""
	}
	name, err := holder(t.State.PeerCertificates[0], RoleHost)
	if err != nil {
		return ""
	}
	return name
}
