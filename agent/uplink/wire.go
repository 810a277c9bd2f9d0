package uplink

import (
	"context"
	"net"
	"sync/atomic"
	"time"
)

// wire counts the bytes of all connections: those of TLS and of the way to a proxy too.
type wire struct{ sentB, receivedB atomic.Int64 }

// take is what passed since it was last asked.
func (w *wire) take() (sentB, receivedB int64) { return w.sentB.Swap(0), w.receivedB.Swap(0) }

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 20 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return counted{conn, w}, nil
}

type counted struct {
	net.Conn
	wire *wire
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.wire.receivedB.Add(int64(n))
	return n, err
}

// Write counts first: an answer may be here before the write is known to be over.
func (c counted) Write(p []byte) (int, error) {
	c.wire.sentB.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	c.wire.sentB.Add(int64(n - len(p)))
	return n, err
}
