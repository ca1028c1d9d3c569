//! Cameras, microphones and speakers that exist in memory only: nothing here is heard or seen, but programs that
//! choose a device can be run.

use std::sync::{Arc, Mutex};

use crate::agent::cells::lock;
use crate::changes::{Changes, CollectionUpdate, Log};
use crate::error::Error;

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceType {
    /// Sees.
    Camera,
    /// Hears.
    Microphone,
    /// Speaks.
    Speaker,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Device {
    /// Tells it from others.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it is.
    pub device_type: DeviceType,
    /// Whether the system takes it where none is chosen.
    pub is_system_default: bool,
}

impl Device {
    /// A device that is not the default.
    pub fn new(id: impl Into<String>, name: impl Into<String>, device_type: DeviceType) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            device_type,
            is_system_default: false,
        }
    }

    /// Makes it the default of the system.
    #[must_use]
    pub fn system_default(mut self) -> Self {
        self.is_system_default = true;
        self
    }
}

/// Whether devices may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceAccess {
    /// Microphones.
    pub audio: bool,
    /// Cameras.
    pub video: bool,
}

/// The devices of a client. Cheap to clone; every clone is the same list. It begins with one of each kind.
#[derive(Clone, Debug)]
pub struct DeviceManager(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    video: Log<CollectionUpdate<Device>>,
    audio: Log<CollectionUpdate<Device>>,
    microphone: Log<Option<Device>>,
    speaker: Log<Option<Device>>,
}

#[derive(Debug)]
struct State {
    devices: Vec<Device>,
    microphone: Option<String>,
    speaker: Option<String>,
    permitted: DeviceAccess,
}

impl Default for DeviceManager {
    fn default() -> Self {
        let devices = vec![
            Device::new("camera:0", "Camera", DeviceType::Camera),
            Device::new("microphone:0", "Microphone", DeviceType::Microphone).system_default(),
            Device::new("speaker:0", "Speaker", DeviceType::Speaker).system_default(),
        ];
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                microphone: Some("microphone:0".to_owned()),
                speaker: Some("speaker:0".to_owned()),
                devices,
                permitted: DeviceAccess {
                    audio: true,
                    video: true,
                },
            }),
            video: Log::default(),
            audio: Log::default(),
            microphone: Log::default(),
            speaker: Log::default(),
        }))
    }
}

impl State {
    fn find(&self, id: Option<&str>, kind: DeviceType) -> Option<Device> {
        let id = id?;
        let mut devices = self.devices.iter();
        devices
            .find(|device| device.id == id && device.device_type == kind)
            .cloned()
    }
}

impl DeviceManager {
    fn of(&self, kind: DeviceType) -> Vec<Device> {
        let state = lock(&self.0.state);
        let devices = state.devices.iter();
        devices
            .filter(|device| device.device_type == kind)
            .cloned()
            .collect()
    }

    /// The cameras.
    #[doc(alias = "getCameras")]
    pub fn cameras(&self) -> Vec<Device> {
        self.of(DeviceType::Camera)
    }

    /// The microphones.
    #[doc(alias = "getMicrophones")]
    pub fn microphones(&self) -> Vec<Device> {
        self.of(DeviceType::Microphone)
    }

    /// The speakers.
    #[doc(alias = "getSpeakers")]
    pub fn speakers(&self) -> Vec<Device> {
        self.of(DeviceType::Speaker)
    }

    /// The microphone that is used.
    pub fn selected_microphone(&self) -> Option<Device> {
        let state = lock(&self.0.state);
        state.find(state.microphone.as_deref(), DeviceType::Microphone)
    }

    /// The speaker that is used.
    pub fn selected_speaker(&self) -> Option<Device> {
        let state = lock(&self.0.state);
        state.find(state.speaker.as_deref(), DeviceType::Speaker)
    }

    /// Whether a speaker can be chosen: always.
    pub fn is_speaker_selection_available(&self) -> bool {
        true
    }

    /// Chooses a microphone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when there is no such microphone.
    pub fn select_microphone(&self, device: &Device) -> Result<(), Error> {
        let mut state = lock(&self.0.state);
        let found = state
            .find(Some(&device.id), DeviceType::Microphone)
            .ok_or_else(|| Error::input("device", "expected one of the microphones"))?;
        if state.microphone.as_deref() != Some(&*found.id) {
            state.microphone = Some(found.id.clone());
            self.0.microphone.push(Some(found));
        }
        Ok(())
    }

    /// Chooses a speaker.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when there is no such speaker.
    pub fn select_speaker(&self, device: &Device) -> Result<(), Error> {
        let mut state = lock(&self.0.state);
        let found = state
            .find(Some(&device.id), DeviceType::Speaker)
            .ok_or_else(|| Error::input("device", "expected one of the speakers"))?;
        if state.speaker.as_deref() != Some(&*found.id) {
            state.speaker = Some(found.id.clone());
            self.0.speaker.push(Some(found));
        }
        Ok(())
    }

    /// Asks whether devices may be used; the answer is what [`permit`](Self::permit) was told.
    pub fn ask_device_permission(&self, wanted: DeviceAccess) -> DeviceAccess {
        let permitted = lock(&self.0.state).permitted;
        DeviceAccess {
            audio: wanted.audio && permitted.audio,
            video: wanted.video && permitted.video,
        }
    }

    /// Decides for the user whether devices may be used: both may at first.
    pub fn permit(&self, permitted: DeviceAccess) {
        lock(&self.0.state).permitted = permitted;
    }

    /// Plugs a device in. One with the same id takes the place of the old one.
    pub fn plug(&self, device: Device) {
        let mut state = lock(&self.0.state);
        let (old, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut state.devices)
            .into_iter()
            .partition(|other| other.id == device.id);
        state.devices = rest;
        state.devices.push(device.clone());
        self.tell(device.device_type, vec![device], old);
    }

    /// Pulls a device out. One that was chosen gives way to the default of the system, or to the first that is
    /// left. Returns whether it was there.
    pub fn unplug(&self, id: &str) -> bool {
        let mut state = lock(&self.0.state);
        let (removed, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut state.devices)
            .into_iter()
            .partition(|device| device.id == id);
        state.devices = rest;
        let Some(device) = removed.first().cloned() else {
            return false;
        };
        let kind = device.device_type;
        let mut left = state.devices.iter().filter(|other| other.device_type == kind);
        let first = left.clone().next();
        let next = left.find(|other| other.is_system_default).or(first).cloned();
        let id_of = |next: &Option<Device>| next.as_ref().map(|device| device.id.clone());
        self.tell(kind, Vec::new(), removed);
        if kind == DeviceType::Microphone && state.microphone.as_deref() == Some(id) {
            state.microphone = id_of(&next);
            self.0.microphone.push(next);
        } else if kind == DeviceType::Speaker && state.speaker.as_deref() == Some(id) {
            state.speaker = id_of(&next);
            self.0.speaker.push(next);
        }
        true
    }

    fn tell(&self, kind: DeviceType, added: Vec<Device>, removed: Vec<Device>) {
        let log = match kind {
            DeviceType::Camera => &self.0.video,
            DeviceType::Microphone | DeviceType::Speaker => &self.0.audio,
        };
        log.push(CollectionUpdate { added, removed });
    }

    fn with<T>(&self, log: &Log<T>, initial: impl FnOnce(&State) -> T) -> Changes<T> {
        let state = lock(&self.0.state);
        log.starting_now(Some(initial(&state)))
    }

    fn present(state: &State, kinds: &[DeviceType]) -> CollectionUpdate<Device> {
        let devices = state.devices.iter();
        CollectionUpdate {
            added: devices
                .filter(|device| kinds.contains(&device.device_type))
                .cloned()
                .collect(),
            removed: Vec::new(),
        }
    }

    /// Cameras that come and go; the first update holds all that are there.
    #[doc(alias = "videoDevicesUpdated")]
    pub fn video_devices_updates(&self) -> Changes<CollectionUpdate<Device>> {
        self.with(&self.0.video, |state| Self::present(state, &[DeviceType::Camera]))
    }

    /// Microphones and speakers that come and go; the first update holds all that are there.
    #[doc(alias = "audioDevicesUpdated")]
    pub fn audio_devices_updates(&self) -> Changes<CollectionUpdate<Device>> {
        self.with(&self.0.audio, |state| {
            Self::present(state, &[DeviceType::Microphone, DeviceType::Speaker])
        })
    }

    /// The microphone that is used, now and at each change.
    #[doc(alias = "selectedMicrophoneChanged")]
    pub fn selected_microphone_changes(&self) -> Changes<Option<Device>> {
        self.with(&self.0.microphone, |state| {
            state.find(state.microphone.as_deref(), DeviceType::Microphone)
        })
    }

    /// The speaker that is used, now and at each change.
    #[doc(alias = "selectedSpeakerChanged")]
    pub fn selected_speaker_changes(&self) -> Changes<Option<Device>> {
        self.with(&self.0.speaker, |state| {
            state.find(state.speaker.as_deref(), DeviceType::Speaker)
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn devices_come_and_go_and_the_choice_follows() {
        let devices = DeviceManager::default();
        let mut audio = devices.audio_devices_updates();
        let mut chosen = devices.selected_microphone_changes();
        assert_eq!(audio.next().await.unwrap().added.len(), 2);
        assert_eq!(chosen.next().await.unwrap().unwrap().id, "microphone:0");
        let headset = Device::new("headset", "Headset", DeviceType::Microphone);
        assert!(devices.select_microphone(&headset).is_err());
        devices.plug(headset.clone());
        assert_eq!(audio.next().await.unwrap().added, std::slice::from_ref(&headset));
        devices.select_microphone(&headset).unwrap();
        assert_eq!(chosen.next().await.unwrap(), Some(headset.clone()));
        assert!(devices.unplug("headset"));
        assert!(!devices.unplug("headset"));
        assert_eq!(audio.next().await.unwrap().removed, [headset]);
        assert_eq!(chosen.next().await.unwrap().unwrap().id, "microphone:0");
        assert!(devices.unplug("microphone:0"));
        assert_eq!(chosen.next().await.unwrap(), None);
        assert_eq!(devices.selected_microphone(), None);
        assert_eq!(devices.cameras().len(), 1);
    }

    #[test]
    fn what_is_not_permitted_is_not_granted() {
        let devices = DeviceManager::default();
        devices.permit(DeviceAccess {
            audio: true,
            video: false,
        });
        let both = DeviceAccess {
            audio: true,
            video: true,
        };
        let granted = devices.ask_device_permission(both);
        assert!(granted.audio && !granted.video);
    }
}
