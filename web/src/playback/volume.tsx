import { Volume1, Volume2, VolumeX } from 'lucide-react';
import { IconButton } from '../design/button.js';
import { Bar, Slider } from './slider.js';
import { player, usePlayer } from './the-player.js';

export function Volume() {
  const volume = usePlayer((state) => (state.muted ? 0 : state.volume));
  const muted = usePlayer((state) => state.muted);
  const Symbol = volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  return (
    <div className="flex items-center">
      <IconButton label={muted ? 'Sound on' : 'Mute'} pressed={muted} onClick={() => player.setMuted(!muted)}>
        <Symbol size={18} />
      </IconButton>
      <Slider
        label="Volume"
        value={volume}
        max={1}
        step={0.05}
        text={`${Math.round(volume * 100)} %`}
        onChange={(value) => player.setVolume(value)}
        className="w-20 lg:w-24"
      >
        {(share) => <Bar share={share} />}
      </Slider>
    </div>
  );
}
