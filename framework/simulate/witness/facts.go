package witness

import (
	"encoding/json"
	"time"
)

// The parts of the records that speak of money. Whatever is not here is not
// read.
type (
	envelope struct {
		Kind  string
		Value []byte
	}
	recordJSON struct {
		Facts []struct {
			Kind  string          `json:"kind"`
			Value json.RawMessage `json:"value"`
		} `json:"facts"`
	}
	amount struct {
		Minor    int64  `json:"minor"`
		Currency string `json:"currency"`
	}
	ref struct {
		Device string `json:"device"`
		Epoch  uint64 `json:"epoch"`
		Seq    uint64 `json:"seq"`
	}
	opened struct {
		Session string    `json:"session"`
		Token   string    `json:"token"`
		Staff   bool      `json:"staff"`
		House   string    `json:"house"`
		Offline *amount   `json:"offline"`
		At      time.Time `json:"at"`
		By      ref       `json:"by"`
	}
	asked struct {
		Ask struct {
			ID        string  `json:"id"`
			Operation string  `json:"operation"`
			Session   string  `json:"session"`
			Key       string  `json:"key"`
			Amount    *amount `json:"amount"`
			Reference string  `json:"reference"`
			Token     string  `json:"token"`
		} `json:"ask"`
		At time.Time `json:"at"`
	}
	moved struct {
		Session   string    `json:"session"`
		State     string    `json:"state"`
		Hold      int       `json:"hold"`
		Key       string    `json:"key"`
		Reference string    `json:"reference"`
		Held      *amount   `json:"held"`
		Captured  *amount   `json:"captured"`
		Due       *amount   `json:"due"`
		Doubtful  bool      `json:"doubtful"`
		At        time.Time `json:"at"`
	}
	refundMoved struct {
		Session  string    `json:"session"`
		Refund   string    `json:"refund"`
		Key      string    `json:"key"`
		State    string    `json:"state"`
		Amount   *amount   `json:"amount"`
		Doubtful bool      `json:"doubtful"`
		At       time.Time `json:"at"`
	}
	posted struct {
		Session string    `json:"session"`
		Entries []posting `json:"entries"`
		At      time.Time `json:"at"`
	}
	doubted struct {
		Sessions []string `json:"sessions"`
	}
	housePosted struct {
		Session string `json:"session"`
		Key     string `json:"key"`
		House   string `json:"house"`
		Account string `json:"account"`
		Amount  amount `json:"amount"`
		Refund  string `json:"refund"`
	}
	posting struct {
		Account string `json:"account"`
		Amount  amount `json:"amount"`
	}
	issued struct {
		Receipt receipt `json:"receipt"`
	}
	receipt struct {
		ID       string     `json:"id"`
		Version  int        `json:"version"`
		Session  string     `json:"session"`
		Closed   time.Time  `json:"closed"`
		Lines    []saleLine `json:"lines"`
		Pending  []pending  `json:"pending"`
		Until    *time.Time `json:"pending_until"`
		Taxes    []taxLine  `json:"taxes"`
		Total    amount     `json:"total"`
		Payment  string     `json:"payment"`
		Captured *amount    `json:"captured"`
		// Discounts and deposits, where the store has any.
		Discounts []struct {
			Amount amount `json:"amount"`
		} `json:"discounts"`
		Deposits []struct {
			Amount amount `json:"amount"`
		} `json:"deposits"`
		// Refunds are what was given back, by the order's name.
		Refunds []struct {
			ID     string `json:"id"`
			Amount amount `json:"amount"`
		} `json:"refunds"`
	}
	saleLine struct {
		ID       string `json:"id"`
		GTIN     string `json:"gtin"`
		Quantity int64  `json:"quantity"`
		Unit     amount `json:"unit"`
		Amount   amount `json:"amount"`
		Tax      string `json:"tax"`
		// Mass is in milligrams, where Per says that a unit of it is a kilogram.
		Mass int64  `json:"mass"`
		Per  string `json:"per"`
		Why  []struct {
			Evidence []ref `json:"evidence"`
		} `json:"why"`
	}
	pending struct {
		GTIN     string `json:"gtin"`
		Quantity int64  `json:"quantity"`
		Mass     int64  `json:"mass"`
	}
	taxLine struct {
		Name  string `json:"name"`
		Rate  int64  `json:"rate"`
		Gross amount `json:"gross"`
		Tax   amount `json:"tax"`
	}
	frozen struct {
		Session string `json:"session"`
		Lines   []struct {
			GTIN     string `json:"gtin"`
			Quantity int64  `json:"quantity"`
		} `json:"lines"`
		At time.Time `json:"at"`
	}
	closed struct {
		Session string    `json:"session"`
		At      time.Time `json:"at"`
	}
	alarmed struct {
		Session string    `json:"session"`
		Code    string    `json:"code"`
		At      time.Time `json:"at"`
	}
)
