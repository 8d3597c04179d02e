package main

import (
	"net"
	"sync"

	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
)

// listenBus serves a line to the newest who connects, as serial servers do that take over
// from a client which has gone without a word.
func listenBus(bus osdpsim.Line, on net.Listener) error {
	var serving sync.WaitGroup
	defer serving.Wait()
	var last net.Conn
	defer func() {
		if last != nil {
			_ = last.Close()
		}
	}()
	for {
		c, err := on.Accept()
		if err != nil {
			return err
		}
		if last != nil {
			_ = last.Close()
			serving.Wait()
		}
		last = c
		serving.Go(func() {
			_ = bus.Serve(c) // it ends when the client does
			_ = c.Close()
		})
	}
}
