package main

import (
	"context"
	"fmt"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/camera"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid"
	"github.com/openaisle/aisle/sdk/shelf"
)

type (
	simReader struct{ *line }
	simLane   struct{ *line }
	simShelf  struct{ *line }
	simCamera struct{ *line }
)

func openReader(ctx context.Context, env sdk.Env, c config) (credential.Reader, error) {
	l, err := dial(ctx, env, "credential", c)
	if err != nil {
		return nil, err
	}
	return simReader{l}, nil
}

func (r simReader) Run(ctx context.Context, report func(observe.Credential)) error {
	return r.pump(ctx, only(report))
}

func openLane(ctx context.Context, env sdk.Env, c config) (rfid.Reader, error) {
	l, err := dial(ctx, env, "rfid", c)
	if err != nil {
		return nil, err
	}
	return simLane{l}, nil
}

func (r simLane) Run(ctx context.Context, report func(observe.Tag)) error {
	return r.pump(ctx, only(report))
}

func openShelf(ctx context.Context, env sdk.Env, c config) (shelf.Shelf, error) {
	l, err := dial(ctx, env, "shelf", c)
	if err != nil {
		return nil, err
	}
	return simShelf{l}, nil
}

func (s simShelf) Run(ctx context.Context, report func(observe.Weight)) error {
	return s.pump(ctx, only(report))
}

func openCamera(ctx context.Context, env sdk.Env, c config) (camera.Camera, error) {
	l, err := dial(ctx, env, "camera", c)
	if err != nil {
		return nil, err
	}
	return simCamera{l}, nil
}

func (s simCamera) Run(ctx context.Context, report camera.Report) error {
	return s.pump(ctx, func(e observe.Evidence) error {
		switch e := e.(type) {
		case observe.Presence:
			report.Presence(e)
		case observe.Interaction:
			report.Interaction(e)
		default:
			return fault.New(fault.Internal, fmt.Sprintf("the world's camera reported a %s", observe.KindOf(e)))
		}
		return nil
	})
}
