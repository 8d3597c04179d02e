"""A plugin that does what it should: it opens devices, reports evidence in
numbers without gaps, keeps what is not acknowledged and sends it again, answers
commands, and ends when it is told to."""

import threading
import time

import contract

CLASSES = ("gate", "shelf")
BATCH = 256


class Device:
    """One opening of one device: its numbers, and what is not acknowledged."""

    def __init__(self, handle, epoch, kind):
        self.handle, self.epoch, self.kind = handle, epoch, kind
        self.seq = self.acked = 0
        self.kept = []  # (seq, time in microseconds)
        self.open = True


class Plugin:
    """The base service and the gate's."""

    def __init__(self, message, every=0.01):
        self.message, self.every = message, every
        self.devices, self.lock = {}, threading.Condition()

    def describe(self, request, context):
        answer = self.message("DescribeResponse")(name="zoo/python", version="1.0.0", contract=contract.CONTRACT)
        for name in CLASSES:
            answer.drivers.add(name=name, doc="A device in another language.")
            setattr(answer.drivers[-1], "class", name)
            answer.drivers[-1].schema.SetInParent()
        return answer.SerializeToString()

    def open(self, request, context):
        asked = self.message("OpenRequest").FromString(request)
        device = Device(asked.handle, asked.epoch, asked.driver)
        with self.lock:
            if asked.handle in self.devices:
                self.devices[asked.handle].open = False
            self.devices[asked.handle] = device
        threading.Thread(target=self.run, args=(device,), daemon=True).start()
        return self.message("OpenResponse")(model="snake", serial_number="7", firmware="3").SerializeToString()

    def run(self, device):
        while device.open:
            with self.lock:
                if len(device.kept) < 10000:
                    device.seq += 1
                    device.kept.append((device.seq, time.time_ns() // 1000))
                    self.lock.notify_all()
            time.sleep(self.every)

    def close(self, request, context):
        asked = self.message("CloseRequest").FromString(request)
        with self.lock:
            device = self.devices.get(asked.handle)
            if device and device.epoch == asked.epoch:
                device.open = False
        return self.message("CloseResponse")().SerializeToString()

    def health(self, request, context):
        answer = self.message("HealthResponse")()
        with self.lock:
            for d in self.devices.values():
                if d.open:
                    answer.devices.add(handle=d.handle, epoch=d.epoch, state=1, reported=d.seq, acknowledged=d.acked)
        return answer.SerializeToString()

    def observe(self, requests, context):
        """Sends all that is not acknowledged, from the beginning of each stream."""
        threading.Thread(target=self.acknowledge, args=(requests,), daemon=True).start()
        sent = {}
        while context.is_active():
            with self.lock:
                batch = self.batch(sent)
                if batch is None:
                    self.lock.wait(0.1)
                    continue
            yield batch

    def batch(self, sent):
        """One message of what waits, or None. The lock is held."""
        for d in list(self.devices.values()):
            rows = [r for r in d.kept if r[0] > sent.get((d.handle, d.epoch), 0)][:BATCH]
            if rows:
                sent[(d.handle, d.epoch)] = rows[-1][0]
                answer = self.message("ObserveResponse")()
                fill(answer.batch, d, rows)
                return answer.SerializeToString()
        return None

    def acknowledge(self, requests):
        try:
            for request in requests:
                with self.lock:
                    for ack in self.message("ObserveRequest").FromString(request).acks:
                        d = self.devices.get(ack.handle)
                        if d and d.epoch == ack.epoch:
                            d.acked = ack.seq
                            d.kept = [r for r in d.kept if r[0] > ack.seq]
        except Exception:  # the stream has ended
            pass

    def admit(self, request, context):
        asked = self.message("AdmitRequest").FromString(request)
        contract.say("admitted %d of %s" % (asked.bodies, asked.session))
        return self.message("AdmitResponse")().SerializeToString()

    def methods(self):
        base = "/aisle.plugin.v1.Plugin/"
        return {
            base + "Describe": self.describe,
            base + "Open": self.open,
            base + "Close": self.close,
            base + "Health": self.health,
            "/aisle.plugin.v1.Gate/Admit": self.admit,
        }

    def streams(self):
        return {"/aisle.plugin.v1.Plugin/Observe": self.observe}


def fill(batch, device, rows):
    batch.sources.add(handle=device.handle, epoch=device.epoch)
    batch.texts.append("")
    batch.base_us = rows[0][1]
    column = batch.weights if device.kind == "shelf" else batch.passages
    for seq, at in rows:
        column.at.source.append(0)
        column.at.seq.append(seq)
        column.at.onset_us.append(at - batch.base_us)
        column.at.span_us.append(0)
        if device.kind == "shelf":
            column.bay.append(1)
            column.mass_mg.append(1_000_000)
            column.deviation_mg.append(1000)
        else:
            column.lane.append(0)
            column.direction.append(2)
            column.admission.append(0)


def serve(path, **options):
    plugin = Plugin(contract.messages(path))
    contract.serve(plugin.methods(), plugin.streams(), **options)
