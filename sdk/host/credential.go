package host

import (
	"context"

	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Credential commands one opening of a credential reader.
type Credential struct {
	plugin *Plugin
	source source
}

var (
	_ credential.Shower    = (*Credential)(nil)
	_ credential.Enroller  = (*Credential)(nil)
	_ credential.Forgetter = (*Credential)(nil)
)

// Credential gives the commands of a reader that was opened under an epoch. A
// reader without the ability answers with code unsupported.
func (p *Plugin) Credential(handle uint32, epoch uint64) *Credential {
	return &Credential{p, source{handle, epoch}}
}

// Show has the reader show an answer (credential.Shower).
func (c *Credential) Show(ctx context.Context, r credential.Reply) error {
	return c.plugin.command(ctx, "show", pb.Credential_Show_FullMethodName, &pb.ShowRequest{
		Handle: c.source.handle, Epoch: c.source.epoch, Verdict: pb.Verdict(r.Verdict), Text: r.Text,
	}, &pb.ShowResponse{})
}

// Enrol has the device learn an instrument (credential.Enroller).
func (c *Credential) Enrol(ctx context.Context, e credential.Enrolment) error {
	return c.plugin.command(ctx, "enrol", pb.Credential_Enrol_FullMethodName, &pb.EnrolRequest{
		Handle: c.source.handle, Epoch: c.source.epoch, Name: e.Name, ExpiresUs: wire.Micros(e.Expires),
	}, &pb.EnrolResponse{})
}

// Forget has the device erase an instrument (credential.Forgetter).
func (c *Credential) Forget(ctx context.Context, token string) error {
	return c.plugin.command(ctx, "forget", pb.Credential_Forget_FullMethodName, &pb.ForgetRequest{
		Handle: c.source.handle, Epoch: c.source.epoch, Token: token,
	}, &pb.ForgetResponse{})
}
